// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension SchemaDefinitions {
  /// Keys of the document that no synonym may take.
  private static let documentKeys = ["$schema", "recipe", "seed", "variants"]
  private static let taskKey = "task"

  /// What holds for recipes of one task: the schema that a condition on the key `task` leads to.
  mutating func branch(for task: Card) -> ConfigurationValue {
    let key = "\(Self.taskKey):" + task.taxonomy
    let document = documentTree(of: task, { _, _, _ in })
    var properties = document.properties
    for key in Self.documentKeys + [Self.taskKey] { properties[key] = .bool(true) }
    properties["variants"] = variants(of: task, document)
    // Keys below the word belong to some tasks.
    properties[RecipeFile.targetKey] = Schema.any(
      [Schema.target] + [properties[RecipeFile.targetKey]].compactMap { $0 })
    define(
      key,
      Schema.described(
        .map(["properties": .map(properties), "additionalProperties": .bool(false)]), title: task.name, task.summary))
    let name = name(of: task)
    let group = ConfigurationValue.map([
      "type": .string("object"), "properties": .map([Recipe.ingredientKey: name]),
      "required": .list([.string(Recipe.ingredientKey)]),
    ])
    return .map([
      "if": .map([
        "properties": .map([Self.taskKey: Schema.any([name, group])]), "required": .list([.string(Self.taskKey)]),
      ]),
      "then": Schema.reference(key),
    ])
  }

  /// Adds the synonyms that stand inside an ingredient's group to that ingredient.
  mutating func addSynonyms(of task: Card) {
    var found: [(ConfigurationValue, ArraySlice<String>, [String])] = []
    _ = documentTree(of: task) { found.append(($0, $1, $2)) }
    for (schema, path, accepts) in found { addExtra(schema, at: path, accepts: accepts) }
  }

  /// The slots and synonyms of a task's recipes as nested keys.
  /// - Parameter inside: is told each synonym that leads into a slot.
  private mutating func documentTree(
    of task: Card, _ inside: (ConfigurationValue, ArraySlice<String>, [String]) -> Void
  ) -> SchemaTree {
    var tree = SchemaTree()
    _ = tree.insert(.bool(true), at: [Self.taskKey], accepts: [task.taxonomy])
    for option in task.options where option.kind.isSlot {
      let accepts = if case .ingredient(let accepts) = option.kind { accepts } else { [String]?.none }
      for path in [option.name] + option.synonyms {
        let words = Self.words(path)
        guard words.first.map({ !Self.documentKeys.contains($0) }) ?? false else { continue }
        _ = tree.insert(schema(of: option, on: task), at: words[...], accepts: accepts)
      }
    }
    for (path, references) in synonyms(of: task).sorted(by: { $0.key < $1.key }) {
      let words = Self.words(path)
      guard let first = words.first, !Self.documentKeys.contains(first) else { continue }
      for reference in references {
        if let met = tree.insert(reference, at: words[...]) { inside(reference, met.rest, met.accepts) }
      }
    }
    return tree
  }

  /// The synonyms of all options that recipes of the task can hold, with what may stand there.
  private func synonyms(of task: Card) -> [String: [ConfigurationValue]] {
    var synonyms: [String: [ConfigurationValue]] = [:]
    for card in catalogue.reachable(from: task) {
      for option in card.options where !(card == task && option.kind.isSlot) {
        for synonym in option.synonyms {
          synonyms[synonym, default: []].append(
            Schema.reference("ingredient:" + card.taxonomy, "properties", option.name))
        }
      }
    }
    return synonyms
  }

  private static func words(_ path: String) -> [String] { path.split(separator: ".").map(String.init) }

  // MARK: Variants

  private mutating func variants(of task: Card, _ document: SchemaTree) -> ConfigurationValue {
    let variant = ConfigurationValue.map([
      "type": .string("object"),
      "properties": .map([
        "name": Schema.text("The variant's name, unique in the file.", title: "name"), "set": changes(of: task),
      ]),
      "required": .list([.string("name")]), "additionalProperties": .bool(false),
    ])
    return .map([
      "title": .string("variants"),
      "description": .string("Complete recipes that differ from this one in some values."),
      "type": .list([.string("array"), .string("null")]), "items": variant, "minItems": .int(1),
    ])
  }

  /// The values that a variant may set, by dotted paths and synonyms.
  private mutating func changes(of task: Card) -> ConfigurationValue {
    var properties: [String: ConfigurationValue] = [:]
    var open: Set<String> = []
    for (path, references) in synonyms(of: task) { properties[path] = Schema.any(references) }
    properties[RecipeFile.targetKey] = Schema.target
    for option in task.options {
      guard option.kind.isSlot else {
        properties["\(Self.taskKey).\(option.name)"] = Schema.reference(
          "ingredient:" + task.taxonomy, "properties", option.name)
        continue
      }
      for path in [option.name] + option.synonyms { addPaths(of: option, at: path, on: task, &properties, &open) }
    }
    var schema: [String: ConfigurationValue] = [
      "title": .string("set"), "description": .string("What differs: values by dotted path or synonym."),
      "type": .list([.string("object"), .string("null")]), "properties": .map(properties),
      "additionalProperties": .bool(false),
    ]
    // Names of the user's, and slots deeper than paths are listed, leave open what follows.
    if !open.isEmpty {
      let pattern = "^(" + open.sorted().map(Schema.literal).joined(separator: "|") + #")\."#
      schema["patternProperties"] = .map([pattern: .bool(true)])
    }
    return .map(schema)
  }

  private mutating func addPaths(
    of slot: OptionDeclaration, at path: String, on task: Card, _ properties: inout [String: ConfigurationValue],
    _ open: inout Set<String>
  ) {
    properties[path] = schema(of: slot, on: task)
    guard case .ingredient(let accepts) = slot.kind else {
      open.insert(path)
      return
    }
    properties["\(path).\(Recipe.ingredientKey)"] = names(accepts)
    let inner = paths(inside: accepts)
    for member in inner.places.keys { properties["\(path).\(member)"] = schema(of: member, inside: accepts) }
    for member in inner.open { open.insert("\(path).\(member)") }
  }
}
