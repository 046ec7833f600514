// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// A recipe as a document's keys: every value said, every version stated.
extension Recipe {
  var document: [String: ConfigurationValue] {
    let said = options.mapValues(\.literal).merging([Self.ingredientKey: .string(task)]) { $1 }
    var keys: [String: ConfigurationValue] = [
      "recipe": .string(name), "task": .map(said),
      "seed": .int(Int(clamping: seed)),
    ]
    for (path, slot) in slots { keys.put(slot.document, at: path.split(separator: ".").map(String.init)[...]) }
    return keys
  }
}

extension FilledSlot {
  /// The choice as a recipe's document says it.
  var document: ConfigurationValue {
    .choice(card.taxonomy, card.version, options.mapValues(\.literal), slots.mapValues(\.document))
  }
}

extension ConfigurationValue {
  /// The value as a document says it: where a recipe would take another value's place for a path, the characters
  /// themselves are meant.
  var literal: ConfigurationValue {
    if case .string(let text) = self, text.contains("${") { return .string(text.replacing("${", with: "$${")) }
    return self
  }

  /// An ingredient with its options and the choices in its slots.
  static func choice(
    _ ingredient: String, _ version: SemanticVersion, _ options: [String: ConfigurationValue],
    _ slots: [String: ConfigurationValue]
  ) -> ConfigurationValue {
    var keys = options
    keys[Recipe.ingredientKey] = .string("\(ingredient)@\(version)")
    for (key, slot) in slots { keys.put(slot, at: key.split(separator: ".").map(String.init)[...]) }
    return .map(keys)
  }
}
