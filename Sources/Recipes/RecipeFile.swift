// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import FoundationEssentials

/// A recipe's file: one recipe, and variants of it that differ in some values.
public struct RecipeFile: Sendable, Hashable {
  /// Keys of the document that are not slots.
  static let documentKeys = ["recipe", "task", "seed", targetKey, "variants", "$schema"]
  static let targetKey = "target"

  /// Whether an entry of the document is no slot. A target is a name; keys below that word belong to the task.
  static func isDocumentEntry(_ entry: SourceNode.Entry) -> Bool {
    if entry.key == targetKey, case .map = entry.value.content { return false }
    return documentKeys.contains(entry.key)
  }

  /// The name of the whole.
  public var name: String
  /// Path of the file, as it was given.
  public var path: String
  /// The complete recipes: one for each variant, or the recipe itself if there are none.
  public var variants: [Variant]
  /// What a reader should know: old names, choices that aren't used, advice that isn't followed.
  public var notices: [GalleyError]

  /// A recipe under the name of what makes it differ.
  public struct Variant: Sendable, Hashable {
    /// Name, unique in the file.
    public var name: String
    /// What differs from the file's recipe: values by path.
    public var overrides: [String: ConfigurationValue]
    /// The complete recipe.
    public var recipe: Recipe
    /// The target that measures it; `nil` for the machine that it runs on. It is no part of what the recipe means.
    public var target: String? = nil
  }

  /// Reads, completes and checks a file.
  /// - Parameters:
  ///   - path: The file.
  ///   - folder: Where relative paths in the recipe start; `nil` for the file's own folder.
  /// - Throws: `RecipeError` with all mistakes, or `GalleyError` if the file is missing or not YAML.
  public static func read(_ path: String, folder: String? = nil, catalogue: CardCatalogue) throws -> RecipeFile {
    let file = try text(of: path)
    return try read(text: file.text, path: path, folder: folder ?? file.folder, catalogue: catalogue)
  }

  /// Completes and checks a recipe that was read already.
  /// - Parameters:
  ///   - text: YAML or JSON.
  ///   - path: The name of the file in messages.
  ///   - folder: Where relative paths in the recipe start.
  /// - Throws: `RecipeError` with all mistakes, or `GalleyError` if the text is not YAML.
  public static func read(
    text: String, path: String, folder: String, catalogue: CardCatalogue
  ) throws -> RecipeFile {
    let root = try SourceReader.read(text, file: path)
    guard case .map = root.content else { throw notKeys(root) }
    return try RecipeFile(root: root, path: path, folder: folder, catalogue: catalogue)
  }

  init(root: SourceNode, path: String, folder: String, catalogue: CardCatalogue) throws(RecipeError) {
    var builder = RecipeFileBuilder(root: root, folder: folder, catalogue: catalogue)
    let (name, variants) = builder.build()
    guard builder.problems.isEmpty else { throw RecipeError(problems: builder.problems) }
    self.name = name
    self.path = path
    self.variants = variants
    notices = builder.notices
  }

  /// The text of a recipe's file, and the folder that it lies in.
  static func text(of path: String) throws(GalleyError) -> (text: String, folder: String) {
    let url = URL(filePath: path)
    guard let data = try? Data(contentsOf: url) else {
      throw GalleyError(
        .missingInput, "can't read the recipe", at: path, why: "the file is missing or may not be read",
        remedy: "Examples/digits/recipe.yaml shows a complete recipe; galley recipe new makes an empty one.")
    }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw GalleyError(.badData, "can't read the recipe", at: path, why: "it is not UTF-8 text")
    }
    let folder = url.deletingLastPathComponent().path(percentEncoded: false)
    return (text, folder.hasSuffix("/") && folder.count > 1 ? String(folder.dropLast()) : folder)
  }

  static func notKeys(_ root: SourceNode) -> GalleyError {
    GalleyError(
      .configuration, "can't read the recipe", at: "\(root.position)",
      why: "the file is \(root.value.kindName), not keys with values",
      remedy: "Examples/digits/recipe.yaml shows a complete recipe.")
  }
}
