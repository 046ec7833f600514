// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What the values that nobody chose depend on.
public struct TrainingFacts: Sendable, Hashable, Codable {
  /// Items that are trained on.
  public var items: Int
  /// Number of classes.
  public var classes: Int
  /// The shape of one input; for images channels × height × width.
  public var inputShape: [Int]
  /// Trained values of the network; `nil` if nobody knows yet.
  public var parameterCount: Int?
  /// Whether training begins with weights that were trained before.
  public var isPretrained: Bool
  /// Whether items must be read and decoded while training goes on.
  public var decodesItems: Bool
  /// Processors that training may use.
  public var cores: Int
  /// Memory that training may use, in bytes.
  public var memoryBytes: Int
  /// Whether the backend has a CUDA device here.
  public var hasCUDA: Bool

  /// States facts.
  public init(
    items: Int, classes: Int, inputShape: [Int], parameterCount: Int? = nil, isPretrained: Bool = false,
    decodesItems: Bool = false, cores: Int, memoryBytes: Int, hasCUDA: Bool = false
  ) {
    self.items = items
    self.classes = classes
    self.inputShape = inputShape
    self.parameterCount = parameterCount
    self.isPretrained = isPretrained
    self.decodesItems = decodesItems
    self.cores = cores
    self.memoryBytes = memoryBytes
    self.hasCUDA = hasCUDA
  }

  /// Values of one input.
  var inputElements: Int { inputShape.reduce(1) { $0.multipliedReportingOverflow(by: max(1, $1)).partialValue } }
}

/// A value that the plan chose for an option which was left to it.
public struct PlannedValue: Sendable, Hashable, Codable {
  /// The option's name.
  public var option: String
  /// What was chosen.
  public var value: ConfigurationValue
  /// Why, in a sentence without its full stop.
  public var reason: String

  /// Names a choice.
  public init(_ option: String, _ value: ConfigurationValue, reason: String) {
    self.option = option
    self.value = value
    self.reason = reason
  }
}
