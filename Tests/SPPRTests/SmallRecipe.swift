// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import SPPR

/// A recipe of three nodes, to be spoilt.
enum SmallRecipe {
  static let configuration = PortableValue.map(["width": "???", "gamma": 0.95, "naïve": "日本"])

  static func ingredient(_ category: String, _ slots: PortableMap) -> PortableValue {
    .map([
      "is_a": .text(category), "meta": .map(["ingredient_name": .text("Some \(category)"), "version": "1.0.0"]),
      "refers_to": .map(["_config_hash": .text(id(configuration)), "file": "some/file.yaml"]), "slots": .map(slots),
    ])
  }

  static let holder = ingredient(
    "command.setup",
    [
      "one": .map(["synonyms": ["one"], "type": "single-ingredient", "values": ["leaf"]]),
      "many": .map(["synonyms": ["many"], "type": "multi-ingredient", "values": ["leaf", "command"]]),
    ])
  static let leaf = ingredient(
    "leaf.small",
    [
      "width": .map([
        "synonyms": ["width"], "type": "scalar", "values": .map(["dtype": "int", "min": 1]),
        "defaults": .map([
          "config_has_default": false, "default": "value", "interpolation": .null, "value": "???",
          "intro": .map(["value": 640]),
        ]),
      ]),
      "gamma": .map(["synonyms": ["gamma", "decay"], "type": "scalar", "values": .map(["dtype": "float"])]),
    ])

  static func id(_ value: PortableValue) -> String { value.identity?.hex ?? "" }

  static func node(_ ingredient: PortableValue, _ more: PortableMap = [:]) -> PortableValue {
    var map = more
    map["ingredient_uuid"] = .text(id(ingredient))
    return .map(map)
  }

  /// The nodes of a sound recipe.
  static let portable: PortableMap = [
    "0": node(leaf, ["value_slots": .map(["width": .map(["actual": 512])])]),
    "1": node(holder, ["config_slots": .map(["one": ["0"], "many": ["2"]])]),
    "2": node(leaf, ["given_name": "name:second"]),
    "root": "1",
  ]

  static func document(_ portable: PortableMap = portable) -> PortableDocument {
    PortableDocument(
      .map([
        "pantry": .map([
          "configs": .map([.text(id(configuration)): configuration]),
          "ingredients": .map([.text(id(holder)): holder, .text(id(leaf)): leaf]),
        ]),
        "portable": .map(portable),
      ]))
  }

  static func recipe(_ portable: PortableMap = portable) throws -> PortableRecipe {
    try PortableRecipe(document(portable))
  }
}
