// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley
internal import Golden
public import Recipes

/// Looks for the best model for some data within bounds: speed first, which needs no training, then training in rounds.
///
/// 1. Every architecture is measured with drawn weights in every use (optimizer and runtime); what breaks a bound on
///    speed, size or memory is out.
/// 2. The others are trained in rounds (successive halving, Jamieson and Talwalkar, 2016, "Non-stochastic Best Arm
///    Identification and Hyperparameter Optimization"): few epochs for all, three times as many for the best third by
///    validation accuracy, and so on to the full number, as long as there is time.
/// 3. Among all uses of the models of the last round that keep the bounds, the best on validation items is the answer;
///    what it reaches on test items is reported.
public struct ModelSearch: Sendable {
  /// What a search tells while it goes on.
  public enum Event: Sendable {
    /// A trial begins.
    case began(String)
    /// A trial couldn't be run.
    case failed(String, reason: String)
    /// A round of training is over.
    case round(epochs: Int, models: Int, best: String, validationAccuracy: Double)
  }

  let request: FindRequest
  let catalogue: CardCatalogue
  let process: TrialProcess
  let volume: String?
  let folder: String
  let isHere: @Sendable (Card) -> Bool
  let tell: @Sendable (Event) -> Void

  /// Prepares a search.
  /// - Parameters:
  ///   - request: What is wanted.
  ///   - catalogue: The ingredients that recipes may use.
  ///   - process: How a recipe is run, without a choice of golden volume.
  ///   - volume: The golden volume that takes the rows of trained models; `nil` for none.
  ///   - folder: Where recipes, reports and the rows of untrained models are kept.
  ///   - isHere: Whether what an ingredient needs is on this machine.
  ///   - tell: Receives events as they happen.
  public init(
    _ request: FindRequest, catalogue: CardCatalogue, process: TrialProcess, volume: String?, folder: String,
    isHere: @escaping @Sendable (Card) -> Bool = { _ in true }, tell: @escaping @Sendable (Event) -> Void = { _ in }
  ) {
    self.request = request
    self.catalogue = catalogue
    self.process = process
    self.volume = volume
    self.folder = folder
    self.isHere = isHere
    self.tell = tell
  }

  /// Searches.
  /// - Throws: `GalleyError` if nothing can be tried; `CancellationError` if the task is cancelled.
  public func run() async throws -> FindOutcome {
    let start = ContinuousClock.now
    let deadline = start + .seconds(request.minutes * 60)
    let space = try FindSpace(request, catalogue, isHere: isHere)
    var board = FindBoard(space, request.bounds, try ArchitectureMerits(request.volumes))
    for (position, candidate) in space.candidates.enumerated() {
      try await measureUntrained(candidate, position, &board)
    }
    try board.requireMeasured()
    var survivors = board.promising()
    for epochs in Self.rounds(request.epochs) where !survivors.isEmpty && ContinuousClock.now < deadline {
      let finished = try await train(survivors, epochs: epochs, before: deadline, &board)
      guard let best = finished.first else { break }
      tell(
        .round(
          epochs: epochs, models: finished.count, best: space.candidates[best.position].name,
          validationAccuracy: best.validationAccuracy))
      survivors = finished.prefix(max(1, finished.count / 3)).map(\.position)
    }
    if let volume, FileManager.default.fileExists(atPath: trainedRows) {
      _ = try GoldenVolume.open(volume).merge(GoldenVolumes(paths: [trainedRows]))
    }
    return board.outcome(
      minutes: start.duration(to: .now) / .seconds(60), ranOut: ContinuousClock.now >= deadline,
      volume: volume, folder: folder)
  }

  /// The epochs of each round: a ninth, a third, all.
  package static func rounds(_ epochs: Int) -> [Int] {
    Set([9, 3, 1].map { max(1, epochs / $0) }).sorted()
  }

  /// Rows of models with drawn weights say nothing of quality, so they stay here.
  private var untrainedRows: String { "\(folder)/untrained.sqlite" }
  private var trainedRows: String { "\(folder)/trained.sqlite" }

  private func rows(_ figures: [SweepOutcome.Figures], in volume: String) throws(GalleyError) -> [GoldenRow] {
    let volume = try GoldenVolumes(paths: [volume])
    var rows: [GoldenRow] = []
    for figures in figures { rows.append(try volume.row(figures.row)) }
    return rows
  }

  private func measureUntrained(
    _ candidate: FindCandidate, _ position: Int, _ board: inout FindBoard
  ) async throws {
    let trainer: [String: ConfigurationValue] = [
      "use": "supervised", "epochs": 1, "maxSteps": 1, "limitValidationBatches": 1,
    ]
    let measurement: [String: ConfigurationValue] = ["processes": 3, "blocks": 5]
    let outcome = try await trial(
      candidate, board.space.uses, "untrained-\(position + 1)", trainer: trainer, measurement: measurement,
      rows: untrainedRows)
    switch outcome {
    case .measured(let figures):
      let rows = try rows(figures, in: untrainedRows)
      for (use, (figures, row)) in zip(board.space.uses.indices, zip(figures, rows)) {
        board.untrained(position, use, figures, row)
      }
    case .failed(let reason):
      tell(.failed(candidate.name, reason: reason))
      board.refuse(position, reason)
    }
  }

  /// Trains the candidates one after another, the most promising first, as long as there is time.
  /// - Returns: those that were trained, the best on validation items first.
  private func train(
    _ positions: [Int], epochs: Int, before deadline: ContinuousClock.Instant, _ board: inout FindBoard
  ) async throws -> [(position: Int, validationAccuracy: Double)] {
    var finished: [(position: Int, validationAccuracy: Double)] = []
    for position in positions {
      // One model at least is trained, however short the time is.
      guard finished.isEmpty || ContinuousClock.now < deadline else { break }
      let candidate = board.space.candidates[position]
      let uses = board.feasibleUses(position)
      let outcome = try await trial(
        candidate, uses.map { board.space.uses[$0] }, "trained-\(position + 1)-\(epochs)",
        trainer: ["use": "supervised", "epochs": .int(epochs)], measurement: [:], rows: trainedRows)
      switch outcome {
      case .measured(let figures):
        let rows = try rows(figures, in: trainedRows)
        for (use, (figures, row)) in zip(uses, zip(figures, rows)) {
          board.trained(position, use, figures, row, epochs: epochs)
        }
        finished.append((position, figures.first?.validationAccuracy ?? 0))
      case .failed(let reason):
        tell(.failed(candidate.name, reason: reason))
        board.refuse(position, reason)
      }
    }
    return finished.sorted { ($0.validationAccuracy, $1.position) > ($1.validationAccuracy, $0.position) }
  }

  private func trial(
    _ candidate: FindCandidate, _ uses: [FindCandidate.Use], _ name: String,
    trainer: [String: ConfigurationValue], measurement: [String: ConfigurationValue], rows: String
  ) async throws -> TrialRun.Outcome {
    try Task.checkCancellation()
    tell(.began("\(candidate.name), \(name)"))
    var recipe: [String: ConfigurationValue] = [
      "recipe": .string("find \(candidate.name)"), "task": "classification", "seed": .int(request.seed),
      "data": request.data, "model": .map(["architecture": .map(candidate.architecture)]), "trainer": .map(trainer),
      "variants": .list(
        uses.map { .map(["name": .string("\(candidate.name) \($0.name)"), "set": .map($0.settings)]) }),
    ]
    if !measurement.isEmpty { recipe["measurement"] = .map(measurement) }
    let text = try Self.text(.map(recipe))
    do {
      _ = try RecipeFile.read(text: text, path: name, folder: request.base, catalogue: catalogue)
    } catch let error as RecipeError {
      return .failed(reason: error.problems.map(\.description).joined(separator: "; "))
    }
    var process = process
    process.arguments += ["--golden", rows]
    return try await TrialRun(process: process, text: text, base: request.base, folder: "\(folder)/\(name)").run()
  }

  /// A recipe as JSON, which is YAML too.
  private static func text(_ recipe: ConfigurationValue) throws(GalleyError) -> String {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(recipe), as: UTF8.self) + "\n"
    } catch {
      throw GalleyError(.software, "can't write a trial's recipe", why: "\(error)")
    }
  }
}
