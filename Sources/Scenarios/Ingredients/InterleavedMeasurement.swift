// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Measures variants that are alive together and take turns.
public struct InterleavedMeasurement: Ingredient {
  /// The typed form of the card's options.
  public struct Options: Codable, Sendable, Equatable {
    /// Fresh processes for each variant.
    public var processes: Int
    /// Turns of each process.
    public var blocks: Int
    /// Inferences in one turn, at least.
    public var inferencesPerBlock: Int
    /// Length of one turn in milliseconds, at least.
    public var blockMilliseconds: Int
    /// Items in one inference.
    public var batch: Int
  }

  public static let card = Card(
    taxonomy: "measurement.interleaved", version: SemanticVersion(1, 0, 0),
    summary: "Variants in processes of their own take turns in seeded random order, in several fresh processes each.",
    options: [
      OptionDeclaration(
        "processes", .int(minimum: 3, maximum: 50), default: .int(5), help: "Fresh processes for each variant."),
      OptionDeclaration("blocks", .int(minimum: 2, maximum: 1000), default: .int(20), help: "Turns of each process."),
      OptionDeclaration(
        "inferencesPerBlock", .int(minimum: 20, maximum: 1_000_000), default: .int(20),
        help: "Inferences in one turn, at least."),
      OptionDeclaration(
        "blockMilliseconds", .int(minimum: 0, maximum: 60_000), default: .int(20),
        help: "Length of one turn in milliseconds, at least."),
      OptionDeclaration("batch", .int(minimum: 1, maximum: 4096), default: .int(1), help: "Items in one inference."),
    ])

  /// The options.
  public let options: Options

  public init(_ options: Options) { self.options = options }
}
