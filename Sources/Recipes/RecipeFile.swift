// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import FoundationEssentials

/// A recipe's file: one recipe, and variants of it that differ in some values.
public struct RecipeFile: Sendable, Hashable {
  /// Keys of the document that are not slots.
  static let documentKeys = ["recipe", "task", "seed", "variants"]

  /// The name of the whole.
  public var name: String
  /// Absolute path of the file.
  public var path: String
  /// The complete recipes: one for each variant, or the recipe itself if there are none.
  public var variants: [Variant]

  /// A recipe under the name of what makes it differ.
  public struct Variant: Sendable, Hashable {
    /// Name, unique in the file.
    public var name: String
    /// What differs from the file's recipe: values by path.
    public var overrides: [String: ConfigurationValue]
    /// The complete recipe.
    public var recipe: Recipe
  }

  /// Reads, completes and checks a file.
  /// - Throws: `RecipeError` with all mistakes, or `GalleyError` if the file is missing or not YAML.
  public static func read(_ path: String, catalogue: [Card], shape: RecipeShape) throws -> RecipeFile {
    let absolute = URL(filePath: path).path(percentEncoded: false)
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      throw GalleyError(
        .missingInput, "can't read the recipe", at: path, why: "the file is missing or may not be read",
        remedy: "Examples/digits/recipe.yaml shows a complete recipe.")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw GalleyError(.badData, "can't read the recipe", at: path, why: "it is not UTF-8 text")
    }
    return try read(text: text, path: path, absolutePath: absolute, catalogue: catalogue, shape: shape)
  }

  /// Completes and checks a recipe that was read already.
  /// - Parameters:
  ///   - text: YAML.
  ///   - path: the name of the file in messages.
  ///   - absolutePath: where the file lies; relative paths in the recipe start at its folder.
  /// - Throws: `RecipeError` with all mistakes, or `GalleyError` if the text is not YAML.
  public static func read(
    text: String, path: String, absolutePath: String, catalogue: [Card], shape: RecipeShape
  ) throws -> RecipeFile {
    let root = try SourceReader.read(text, file: path)
    guard case .map = root.content else {
      throw GalleyError(
        .configuration, "can't read the recipe", at: "\(root.position)",
        why: "the file is \(root.value.kindName), not keys with values",
        remedy: "Examples/digits/recipe.yaml shows a complete recipe.")
    }
    var builder = RecipeFileBuilder(
      root: root, folder: Self.folder(of: absolutePath), catalogue: catalogue, shape: shape)
    let (name, variants) = builder.build()
    guard builder.problems.isEmpty else { throw RecipeError(problems: builder.problems) }
    return RecipeFile(name: name, path: absolutePath, variants: variants)
  }

  private static func folder(of path: String) -> String {
    let folder = URL(filePath: path).deletingLastPathComponent().path(percentEncoded: false)
    return folder.hasSuffix("/") && folder.count > 1 ? String(folder.dropLast()) : folder
  }
}
