// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Training begins with weights that are drawn by the recipe's seed.
public struct NoWeights: Ingredient {
  /// There is nothing to choose.
  public struct Options: Codable, Sendable, Equatable {
    /// Chooses nothing.
    public init() {}
  }

  /// Name and place in the catalogue.
  public static let card = Card(
    taxonomy: "weights.none", version: SemanticVersion(1, 0, 0),
    summary: "No weights: training begins with fresh ones, drawn by the recipe's seed.")

  /// Creates the choice.
  public init(_ options: Options = Options()) {}
}

/// Training begins with the weights in a file of the user's.
public struct WeightsFile: Ingredient {
  /// The typed form of the card's options.
  public struct Options: Codable, Sendable, Equatable {
    /// A checkpoint of Galley's, or safetensors with the architecture's parameter names.
    public var path: String

    /// Creates options.
    public init(path: String) { self.path = path }
  }

  /// Name, place in the catalogue, options.
  public static let card = Card(
    taxonomy: "weights.file", version: SemanticVersion(1, 0, 0),
    summary: "The weights in a file: a checkpoint of Galley's, or safetensors with the same parameter names.",
    options: [OptionDeclaration("path", .path, default: nil, help: "The file.")])

  /// What was chosen.
  public let options: Options

  /// Creates the choice.
  public init(_ options: Options) { self.options = options }
}
