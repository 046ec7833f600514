// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// The dotted paths inside a slot.
struct SchemaPaths {
  /// What may stand at a path.
  enum Place {
    case option(String, of: String)
    /// The name of an ingredient in a slot inside the slot.
    case names([String])
    /// What may stand at another path, inside a slot inside the slot.
    case path(String, inside: [String])
  }

  var places: [String: [Place]] = [:]
  /// Paths behind which any others may follow: names of the user's, and slots that lie deeper than is listed.
  var open: Set<String> = []
}

extension SchemaDefinitions {
  /// How many slots inside each other are listed.
  private static let depth = 2

  mutating func paths(inside accepts: [String], depth: Int = 0) -> SchemaPaths {
    let key = [String(depth)] + accepts
    if let known = paths[key] { return known }
    var found = SchemaPaths()
    // Many ingredients have the same slot; its paths are the same each time.
    var seen: Set<[String]> = []
    for card in cards(fitting: accepts) {
      for option in card.options {
        found.places[option.name, default: []].append(.option(option.name, of: card.taxonomy))
        guard option.kind.isSlot else { continue }
        guard case .ingredient(let inner) = option.kind, depth < Self.depth else {
          found.open.insert(option.name)
          continue
        }
        guard seen.insert([option.name] + inner).inserted else { continue }
        found.places["\(option.name).\(Recipe.ingredientKey)", default: []].append(.names(inner))
        let nested = paths(inside: inner, depth: depth + 1)
        for path in nested.places.keys {
          found.places["\(option.name).\(path)", default: []].append(.path(path, inside: inner))
        }
        for path in nested.open { found.open.insert("\(option.name).\(path)") }
      }
    }
    paths[key] = found
    return found
  }

  /// The schema of a path inside a slot.
  mutating func schema(of path: String, inside accepts: [String]) -> ConfigurationValue {
    let key = "member:" + accepts.joined(separator: "+") + ":" + path
    if all[key] != nil { return Schema.reference(key) }
    let references = (paths(inside: accepts).places[path] ?? []).map { place in
      switch place {
      case .names(let accepts): names(accepts)
      case .option(let name, let card): Schema.reference("ingredient:" + card, "properties", name)
      case .path(let path, let accepts): schema(of: path, inside: accepts)
      }
    }
    guard references.count > 1 else { return Schema.any(references) }
    define(key, Schema.any(references))
    return Schema.reference(key)
  }
}
