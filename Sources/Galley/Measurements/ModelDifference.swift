// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files

/// How a model's answers differ from those of a reference model on the same inputs.
public struct ModelDifference: Sendable, Hashable, Codable {
  /// SHA-256 of the reference model's file.
  public var reference: Digest
  /// Inputs that both answered.
  public var itemCount: Int
  /// Where the inputs come from, such as `test` or `drawn with seed 7`.
  public var inputs: String
  /// Differences of each output, in the model's order.
  public var outputs: [OutputDifference]
  /// Share of the items that both gave the same class; `nil` where there are no classes.
  public var agreement: Double?
  /// Accuracy minus the reference's accuracy; `nil` without the truth.
  public var accuracyDifference: Double?
  /// Probability of a difference of accuracy at least this large if there were none, by McNemar's exact test.
  public var pValue: Double?

  /// Creates a record.
  public init(
    reference: Digest, itemCount: Int, inputs: String, outputs: [OutputDifference], agreement: Double? = nil,
    accuracyDifference: Double? = nil, pValue: Double? = nil
  ) {
    self.reference = reference
    self.itemCount = itemCount
    self.inputs = inputs
    self.outputs = outputs
    self.agreement = agreement
    self.accuracyDifference = accuracyDifference
    self.pValue = pValue
  }
}

/// How the values of one output differ.
public struct OutputDifference: Sendable, Hashable, Codable {
  /// The output's name.
  public var name: String
  /// Largest absolute difference of two values.
  public var maximum: Double
  /// Mean absolute difference.
  public var mean: Double
  /// Mean absolute value of the reference, to see the differences in proportion.
  public var referenceMean: Double

  /// Creates a record.
  public init(name: String, maximum: Double, mean: Double, referenceMean: Double) {
    self.name = name
    self.maximum = maximum
    self.mean = mean
    self.referenceMean = referenceMean
  }
}
