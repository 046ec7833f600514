// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley

/// Recipes from documents that no person wrote: locks, rows of golden volumes, recipes of other systems.
extension RecipeDraft {
  /// Writes a document as a recipe's text.
  /// - Throws: `GalleyError` if it holds something that no recipe can say.
  public init(
    document: ConfigurationValue, comment: [String] = [], path: String, folder: String, catalogue: CardCatalogue
  ) throws(GalleyError) {
    guard case .map(let keys) = document else {
      throw GalleyError(.badData, "can't make a recipe", at: path, why: "the document is \(document.kindName)")
    }
    let head = comment.map { $0.isEmpty ? "#" : "# \($0)" }.joined(separator: "\n")
    let first = RecipeFile.documentKeys.filter { keys[$0] != nil && $0 != "variants" }
    let rest = keys.keys.filter { !RecipeFile.documentKeys.contains($0) }.sorted()
    var text = try RecipeText((head.isEmpty ? "" : head + "\n") + "recipe:\n")
    for key in first + rest + (keys["variants"] == nil ? [] : ["variants"]) {
      try text.set([key], to: keys[key] ?? .null)
    }
    try self.init(text: text.text, path: path, folder: folder, catalogue: catalogue)
  }

  /// Makes a recipe of its canonical text, as golden volumes hold it.
  ///
  /// Files stand there by their digest; such a recipe runs where the pantry holds these bytes.
  /// - Throws: `GalleyError` if the text is no canonical recipe.
  public init(
    canonicalText: String, name: String, comment: [String] = [], path: String, folder: String,
    catalogue: CardCatalogue
  ) throws(GalleyError) {
    let refusal = GalleyError(
      .badData, "can't make a recipe", at: path, why: "the row's recipe is in no form that this Galley knows")
    guard case .map(let keys)? = try? JSONDecoder().decode(ConfigurationValue.self, from: Data(canonicalText.utf8)),
      case .string(let task)? = keys["task"], case .string(let digits)? = keys["seed"], let seed = Int(digits),
      case .map(let slots)? = keys["slots"]
    else { throw refusal }
    var document: [String: ConfigurationValue] = ["recipe": .string(name), "task": .string(task), "seed": .int(seed)]
    if case .map(let options)? = keys["options"] {
      document["task"] = .map(options.merging([Recipe.ingredientKey: .string(task)]) { $1 })
    }
    for (path, slot) in slots {
      guard let value = Self.document(ofCanonical: slot) else { throw refusal }
      document.put(value, at: path.split(separator: ".").map(String.init)[...])
    }
    try self.init(
      document: .map(document), comment: comment, path: path, folder: folder, catalogue: catalogue)
  }

  private static func document(ofCanonical slot: ConfigurationValue) -> ConfigurationValue? {
    guard case .map(let keys) = slot, case .string(let ingredient)? = keys["ingredient"],
      case .string(let version)? = keys["version"], case .map(var document)? = keys["options"]
    else { return nil }
    document[Recipe.ingredientKey] = .string("\(ingredient)@\(version)")
    if case .map(let slots)? = keys["slots"] {
      for (key, inner) in slots {
        guard let value = Self.document(ofCanonical: inner) else { return nil }
        document.put(value, at: key.split(separator: ".").map(String.init)[...])
      }
    }
    return .map(document)
  }
}
