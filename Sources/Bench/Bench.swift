// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley
internal import Measuring
public import Targets

/// Measures models in every combination of precision, runtime, threads and batch that can run, side by side.
public struct Bench: Sendable {
  /// What compares and calibrates: this machine.
  let target: LocalTarget
  /// What measures.
  let measuring: any MeasuringTarget
  let optimizers: [Precision: any ModelOptimizer]
  let folder: String
  let command: String
  let tell: @Sendable (BenchEvent) -> Void

  /// Prepares a bench.
  /// - Parameters:
  ///   - target: This machine, where models are converted and their outputs compared.
  ///   - measuring: Where is measured; `nil` for this machine.
  ///   - optimizers: What converts ONNX files to each precision.
  ///   - folder: Takes converted models, inputs and measurements; it must exist.
  ///   - command: The command that repeats the bench, for the record.
  ///   - tell: Hears what happens.
  public init(
    target: LocalTarget, measuring: (any MeasuringTarget)? = nil, optimizers: [Precision: any ModelOptimizer],
    folder: String, command: String,
    tell: @escaping @Sendable (BenchEvent) -> Void = { _ in }
  ) {
    self.target = target
    self.measuring = measuring ?? target
    self.optimizers = optimizers
    self.folder = folder
    self.command = command
    self.tell = tell
  }

  /// Runs everything that can run; what fails is a row with its reason, and the others go on.
  /// - Throws: `GalleyError` if nothing can be measured at all: inputs can't be drawn, the folder can't be written, the
  ///   machine can't be reserved; `CancellationError`.
  public func run(_ request: BenchRequest) async throws -> BenchResult {
    let started = Self.now()
    let cases = BenchCases(request) { optimizers[$0] != nil }
    var kitchen = BenchKitchen(bench: self, request: request)
    try kitchen.prepareInputs()
    try await kitchen.convert(cases.possible)
    try await kitchen.compare(cases.possible)
    let rows = try await kitchen.measure(cases.possible)
    let refused = cases.refused + kitchen.refusedConversions(cases.possible)
    return BenchResult(
      command: command, galleyVersion: galleyVersion.description, startedAt: started, endedAt: Self.now(), rows: rows,
      refused: refused.map { BenchResult.RefusedCase(combination: $0.0, reason: $0.1) }, notes: kitchen.notes,
      measurementFiles: kitchen.measurementFiles, target: measuring.targetName)
  }

  static func makeFolder(_ path: String) throws(GalleyError) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw GalleyError(.cantCreate, "can't make the folder", at: path, why: FileError(.write, path).reason)
    }
  }

  static func now() -> Double { Date().timeIntervalSince1970 }
}

/// What happens during a bench.
public enum BenchEvent: Sendable {
  /// A part of the work has begun.
  case started(String)
  /// Something that the reader should know.
  case warning(String)
  /// So many steps of all are done.
  case progress(completed: Int, total: Int, message: String)
}
