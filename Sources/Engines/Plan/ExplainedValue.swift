// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// A value of a plan, with who chose it and why.
public struct ExplainedValue: Sendable, Hashable, Codable {
  /// Who chose a value.
  public enum Origin: String, Sendable, Hashable, Codable {
    /// The caller, or a flag of the command line.
    case given
    /// The recipe.
    case recipe
    /// Nobody: it is what the option's declaration says.
    case `default`
    /// The plan, from the data, the model and the machine.
    case automatic
  }

  /// The option: `train.batchSize`, `data.task`, `model.architecture`.
  public var path: String
  /// What it is.
  public var value: ConfigurationValue
  /// Who chose it.
  public var origin: Origin
  /// Why, in a clause; empty if it was given or is a default.
  public var reason: String

  /// Explains a value.
  public init(_ path: String, _ value: ConfigurationValue, _ origin: Origin, reason: String = "") {
    self.path = path
    self.value = value
    self.origin = origin
    self.reason = reason
  }
}
