// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What was tried in a rehearsal. It has no figures: none of them would be a result.
public struct ReportedRehearsal: Sendable, Hashable, Codable {
  /// One variant.
  public struct Variant: Sendable, Hashable, Codable {
    /// Its name.
    public var name: String
    /// What was done, as clauses.
    public var steps: [String]

    /// Describes a variant.
    public init(name: String, steps: [String]) {
      self.name = name
      self.steps = steps
    }
  }

  /// The variants, in the recipe's order.
  public var variants: [Variant]
  /// What was done otherwise than the recipe says, as sentences.
  public var shortcuts: [String]

  /// Describes a rehearsal.
  public init(variants: [Variant], shortcuts: [String]) {
    self.variants = variants
    self.shortcuts = shortcuts
  }
}
