// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// A model in an ONNX file of the user's, in place of one that is trained here.
public struct ModelFileONNX: Ingredient {
  /// The typed form of the card's options.
  public struct Options: Codable, Sendable, Equatable {
    /// The file.
    public var path: String

    /// Creates options.
    public init(path: String) { self.path = path }
  }

  public static let card = Card(
    taxonomy: "model.file.onnx", version: SemanticVersion(1, 0, 0),
    summary: "A classifier in an ONNX file: nothing is trained or exported, the file is optimized and measured.",
    options: [
      OptionDeclaration(
        "path", .path, default: nil, help: "The file, with its weights inside: one input, one output of class scores.")
    ])

  /// What was chosen.
  public let options: Options

  public init(_ options: Options) { self.options = options }
}
