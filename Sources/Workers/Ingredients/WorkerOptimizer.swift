// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley
internal import WorkerProtocol

/// A step of a registered worker that turns a model file into a smaller or faster one.
public struct WorkerOptimizer: ModelOptimizer {
  /// Which one, and with what.
  public struct Options: Codable, Sendable, Equatable {
    /// The optimizer and its options.
    public var offer: WorkerOffer
    /// How many training items it wants to observe, at most.
    public var calibrationCount: Int

    /// Creates options.
    public init(offer: WorkerOffer, calibrationCount: Int) {
      (self.offer, self.calibrationCount) = (offer, calibrationCount)
    }
  }

  /// What any of them is; each is chosen by the card that its worker gives.
  public static let card = Card(
    taxonomy: "optimizer.worker", version: SemanticVersion(1, 0, 0),
    summary: "What a program of the user's makes of a model file.", options: [])

  public var calibrationCount: Int { options.calibrationCount }
  private let options: Options

  public init(_ options: Options) { self.options = options }

  private struct Prepared: Decodable, Sendable {
    var observe: String?
  }

  public func optimize(
    _ model: ModelFile, to output: String, calibration: (any ActivationObserver)?
  ) async throws -> OptimizationRecord {
    let folder = "\(output).between"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    do throws(FileError) {
      try AtomicFile.createFolder(folder)
    } catch {
      throw GalleyError(writing: error, "can't optimize the model")
    }
    do {
      return try await options.offer.source.withWorker { worker in
        try await run(worker, model, output, folder, calibration)
      }
    } catch {
      try? FileManager.default.removeItem(atPath: output)
      throw error
    }
  }

  private func run(
    _ worker: WorkerProcess, _ model: ModelFile, _ output: String, _ folder: String,
    _ calibration: (any ActivationObserver)?
  ) async throws -> OptimizationRecord {
    var parameters: [String: ConfigurationValue] = [
      "model": .map([
        "path": .string(model.path), "format": .string(model.format.rawValue), "digest": .string(model.digest.hex),
        "byteCount": .int(model.byteCount),
      ]),
      "folder": .string(folder),
    ]
    if calibrationCount > 0, let calibration {
      let prepared = try await worker.call(
        "optimizer.prepare", options.offer.parameters(parameters), returning: Prepared.self)
      if let path = prepared.observe {
        let ranges = try await calibration.ranges(ofOutputsOf: path)
        parameters["ranges"] = .map(
          ranges.mapValues { range in
            .map(["minimum": .float(Double(range.minimum)), "maximum": .float(Double(range.maximum))])
          })
        parameters["itemIDs"] = .list(calibration.itemIDs.map { .string($0) })
      }
    }
    parameters["output"] = .string(output)
    let record = try await worker.call(
      "optimizer.optimize", options.offer.parameters(parameters), returning: OptimizationRecord.self)
    guard FileManager.default.fileExists(atPath: output) else {
      throw GalleyError(
        .badData, "can't optimize the model", at: options.offer.source.program.path,
        why: "'\(options.offer.card.name)' wrote no file", remedy: "Correct the worker.")
    }
    return record
  }
}
