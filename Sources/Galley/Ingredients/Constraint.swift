// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What must hold between choices of a recipe, with the reason in words.
///
/// The condition is an expression over paths and synonyms of the whole recipe; a path with a leading dot is an option
/// of the ingredient that states the constraint: `data.normalization == 'imagenet' or .pretrained == false`.
public struct Constraint: Sendable, Hashable, Codable {
  /// The condition.
  public var condition: String
  /// Why it must hold, as a sentence for people.
  public var reason: String
  /// Whether it is advice: a recipe that breaks it may run, and is told.
  public var isAdvice: Bool

  /// Creates a constraint.
  public init(_ condition: String, reason: String, isAdvice: Bool = false) {
    self.condition = condition
    self.reason = reason
    self.isAdvice = isAdvice
  }
}

/// Why an ingredient or a choice should no longer be taken.
public struct Deprecation: Sendable, Hashable, Codable {
  /// The reason, as a sentence.
  public var reason: String
  /// What to take in its place: a taxonomy or a value.
  public var replacement: String?

  /// Creates a deprecation.
  public init(_ reason: String, replacement: String? = nil) {
    self.reason = reason
    self.replacement = replacement
  }
}

/// How a recipe written for an earlier version of an ingredient becomes one for this version.
public struct UpgradeRule: Sendable, Hashable, Codable {
  /// What changed.
  public enum Change: Sendable, Hashable, Codable {
    /// The option has another name now.
    case renamed(to: String)
    /// A value of the option is written differently now.
    case value(from: ConfigurationValue, to: ConfigurationValue)
    /// The option is gone.
    case removed
  }

  /// The version that brought the change: recipes of earlier versions are upgraded.
  public var since: SemanticVersion
  /// The option's name before the change.
  public var option: String
  /// What changed.
  public var change: Change
  /// Why, as a sentence for people.
  public var reason: String

  /// Creates a rule.
  public init(since: SemanticVersion, option: String, _ change: Change, reason: String) {
    self.since = since
    self.option = option
    self.change = change
    self.reason = reason
  }
}
