// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley

/// Finds the largest batch with which a training's process stays within the memory budget, by trying.
///
/// Each trial is a worker of its own that makes one step and one validation and says how much memory it needed at most;
/// one that dies needed too much. The weights then change after about as many items as were asked for.
struct MemoryFit {
  let backend: LibTorchBackend
  let request: VerbRequest
  let events: EventSink

  /// The request with a batch that fits, and what was found out.
  /// - Throws: `GalleyError` if not even one item fits.
  func fitted() async throws -> (VerbRequest, notes: [String]) {
    guard case .train(let options) = request.work, let budget = options.memoryBudget, !options.fastDevRun else {
      return (request, [])
    }
    if let folder = options.resume { return (try goingOn(options, from: folder), []) }
    let wanted = options.batchSize ?? 32
    let (size, peak, trials) = try await largest(wanted, options, budget)
    var fitted = options
    fitted.batchSize = size
    fitted.accumulate = max(1, (options.accumulate * wanted + size / 2) / size)
    var request = request
    request.work = .train(fitted)
    var note = "Batches of \(size) items need \(Self.text(peak)) of the \(Self.text(budget)) that are allowed"
    if size < wanted {
      note += "; \(wanted) would need more. The gradients of \(fitted.accumulate) batches are added up in their place"
    }
    note += " (\(trials) trial\(trials == 1 ? "" : "s"))."
    events.send(.warning(note))
    return (request, [note])
  }

  /// A run that goes on keeps the batches that it began with.
  private func goingOn(_ options: TrainOptions, from folder: String) throws(GalleyError) -> VerbRequest {
    let identity = try TrainingState(inFolder: folder).identity
    var (options, request) = (options, request)
    options.batchSize = identity["batchSize"].flatMap { Int($0) } ?? options.batchSize
    options.accumulate = identity["accumulate"].flatMap { Int($0) } ?? options.accumulate
    request.work = .train(options)
    return request
  }

  private func largest(
    _ wanted: Int, _ options: TrainOptions, _ budget: Int
  ) async throws -> (size: Int, peak: Int, trials: Int) {
    var (trials, best): (Int, (size: Int, peak: Int)?) = (0, nil)
    // Every batch up to `best` fits and `tooLarge` doesn't.
    var tooLarge = wanted + 1
    var next = wanted
    var leastPeak: Int?
    while next >= 1, next < tooLarge {
      trials += 1
      let peak = try await peak(next, options)
      if let peak, peak <= budget { best = (next, peak) } else { (tooLarge, leastPeak) = (next, peak ?? leastPeak) }
      let fits = best?.size ?? 0
      // Finer than a sixteenth isn't worth another process.
      if tooLarge - fits <= max(1, wanted / 16), fits > 0 { break }
      next = (fits + tooLarge) / 2
      if next == fits { break }
    }
    if let best { return (best.size, best.peak, trials) }
    throw GalleyError(
      .tryAgain, "can't train within the memory budget", at: "memoryBudget",
      why: "not even a batch of one item fits into \(Self.text(budget))"
        + (leastPeak.map { "; it needs \(Self.text($0))" } ?? ""),
      remedy: "Allow more memory, or choose a smaller model or input size.")
  }

  /// The most memory that a training with such batches needs, in bytes; `nil` if its process died.
  private func peak(_ batchSize: Int, _ options: TrainOptions) async throws -> Int? {
    var trial = options
    (trial.batchSize, trial.accumulate, trial.memoryBudget) = (batchSize, 1, nil)
    (trial.fastDevRun, trial.loggers, trial.checkpointEvery) = (true, [], nil)
    var request = request
    request.work = .train(trial)
    request.folder = "\(self.request.folder)/.memory-trial-\(batchSize)"
    defer { try? FileManager.default.removeItem(atPath: request.folder) }
    try AtomicFile.createFolder(request.folder)
    do {
      let result = try await backend.runOnce(request, events: EventSink { _ in })
      return result.figures["peakMemoryBytes"].map { Int($0) }
    } catch let error as GalleyError where error.exitCode == .tryAgain && error.place != request.data.path {
      // Data that was changed meanwhile is to be tried again too, but has nothing to do with memory.
      return nil
    }
  }

  private static func text(_ bytes: Int) -> String {
    bytes >= 10 << 30 ? "\(bytes >> 30) GiB" : "\(bytes >> 20) MiB"
  }
}
