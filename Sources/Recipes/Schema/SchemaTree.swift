// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Nested keys of a recipe's document: dotted paths, of which each word is a key.
struct SchemaTree {
  /// What stands at this place; empty between the root and the slots.
  private(set) var schemas: [ConfigurationValue] = []
  /// The parts of the catalogue, if it is a slot.
  private(set) var accepts: [String]?
  private(set) var children: [String: SchemaTree] = [:]

  /// Puts a schema at a path; several at one place are alternatives.
  /// - Returns: what is left of the path inside a slot that is met on the way, with what the slot accepts.
  mutating func insert(
    _ schema: ConfigurationValue, at path: ArraySlice<String>, accepts slot: [String]? = nil
  ) -> (accepts: [String], rest: ArraySlice<String>)? {
    guard let key = path.first else {
      if !schemas.contains(schema) { schemas.append(schema) }
      if let slot { accepts = slot }
      return nil
    }
    // Beside a slot's own keys others may stand: where `model` names a slot, `model.backbone` may too.
    let met = children[key, default: SchemaTree()].insert(schema, at: path.dropFirst(), accepts: slot)
    return met ?? accepts.map { ($0, path) }
  }

  var properties: [String: ConfigurationValue] { children.mapValues(\.schema) }

  private var schema: ConfigurationValue {
    if schemas.isEmpty { return Schema.group(properties) }
    guard let first = schemas.first, !children.isEmpty else { return Schema.any(schemas) }
    return Schema.annotating(Schema.any(schemas + [Schema.group(properties)]), as: first)
  }
}
