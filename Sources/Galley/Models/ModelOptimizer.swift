// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A step that turns a model file into a smaller or faster one.
public protocol ModelOptimizer: Ingredient {
  /// How many training items the step wants to observe, at most; 0 if it needs none.
  var calibrationCount: Int { get }
  /// Writes the optimized model to `output`.
  /// - Parameter calibration: observes activations on training items; `nil` if there is no data.
  /// - Returns: what was done, for the report.
  /// - Throws: `GalleyError`; no file is left at `output`.
  func optimize(
    _ model: ModelFile, to output: String, calibration: (any ActivationObserver)?
  ) async throws -> OptimizationRecord
}

/// Finds the ranges of a model's tensors on calibration items, in a process of its own.
public protocol ActivationObserver: Sendable {
  /// The smallest and largest value of each float output of the model at `path` over all calibration items.
  func ranges(ofOutputsOf path: String) async throws -> [String: ObservedRange]
  /// The items used, by id; they become part of the optimized model's provenance.
  var itemIDs: [String] { get }
}

/// The smallest and largest value that a tensor took.
public struct ObservedRange: Sendable, Hashable, Codable {
  /// Smallest value.
  public var minimum: Float
  /// Largest value.
  public var maximum: Float

  /// Creates a range.
  public init(minimum: Float, maximum: Float) {
    self.minimum = minimum
    self.maximum = maximum
  }
}

/// What an optimization did.
public struct OptimizationRecord: Sendable, Hashable, Codable {
  /// Precision of the result's weights and activations: `float32`, `int8`.
  public var precision: String
  /// Facts for the report, in order.
  public var notes: [String]

  /// Creates a record.
  public init(precision: String, notes: [String]) {
    self.precision = precision
    self.notes = notes
  }
}
