// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Files

/// Leaves a model as it is: the choice of a recipe that wants the exported precision.
public struct NoOptimizer: ModelOptimizer {
  /// There are no options.
  public struct Options: Codable, Sendable, Equatable {
    /// Creates options.
    public init() {}
  }

  public static let card = Card(
    taxonomy: "optimizer.none", version: SemanticVersion(1, 0, 0), summary: "Leaves the model as it was exported.",
    priority: 10)

  public init(_ options: Options = Options()) {}

  public var calibrationCount: Int { 0 }

  public func optimize(
    _ model: ModelFile, to output: String, calibration: (any ActivationObserver)?
  ) async throws -> OptimizationRecord {
    do throws(FileError) {
      try AtomicFile.copy(model.path, to: output)
    } catch {
      throw GalleyError(writing: error, "can't copy the model")
    }
    return OptimizationRecord(precision: "float32", notes: [])
  }
}
