// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// The JSON Schema, draft 2020-12, of the recipes that a catalogue allows: editors complete and check recipes with it.
///
/// It says which names and options there are, with types, bounds and help. What is still missing, and what can't be
/// chosen together, is for Galley to say: a schema accepts recipes that aren't finished. Tasks are the cards whose
/// taxonomy begins with `task.`.
public struct RecipeSchema: Sendable {
  /// The dialect that the schema is written in.
  public static let dialect = "https://json-schema.org/draft/2020-12/schema"

  private let catalogue: SchemaCatalogue
  private let id: String

  /// Creates the schema of a catalogue.
  /// - Parameter id: the address under which the schema is published; it becomes `$id`.
  public init(cards: [Card], id: String) {
    catalogue = SchemaCatalogue(cards)
    self.id = id
  }

  /// The schema as a tree.
  public func document() -> ConfigurationValue {
    var definitions = SchemaDefinitions(catalogue)
    let tasks = catalogue.tasks
    for task in tasks { definitions.addSynonyms(of: task) }
    let branches = tasks.map { definitions.branch(for: $0) }
    let taskNames = tasks.map { definitions.name(of: $0) }
    let taskGroups = tasks.map { definitions.group(of: $0, requiringUse: true) }
    definitions.define()
    return .map([
      "$schema": .string(Self.dialect), "$id": .string(id),
      "title": .string("Galley recipe"),
      "description": .string("The choices from which Galley makes and measures a model."),
      "type": .string("object"),
      "properties": .map([
        "$schema": Schema.text("The schema of this file, for editors."),
        "recipe": Schema.text("The recipe's name, for people.", title: "recipe"),
        "task": Schema.described(
          Schema.any(taskNames + taskGroups), title: "task",
          "What the model is to do; it decides which slots there are."),
        "seed": Schema.seed,
        "target": .bool(true), "variants": .bool(true),
      ]),
      "required": .list([.string("recipe"), .string("task")]),
      "allOf": .list(branches),
      "$defs": .map(definitions.all),
    ])
  }

  /// The schema as indented JSON with sorted keys: the same for the same catalogue, in whatever order its cards come.
  public func text() -> String { IndentedJSON.text(document()) }
}
