// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// How a recipe names an ingredient: `int8`, `optimizer.int8`, or either with the version that the recipe was written
/// for, `int8@1.2.0`.
struct IngredientReference {
  let name: String
  let version: SemanticVersion?

  /// Reads a reference; `nil` if what follows `@` is no version.
  init?(_ text: String) {
    guard let at = text.lastIndex(of: "@") else {
      (name, version) = (text, nil)
      return
    }
    guard let stated = SemanticVersion(text[text.index(after: at)...]) else { return nil }
    (name, version) = (String(text[..<at]), stated)
  }
}

extension CardCatalogue {
  /// What a name leads to within a slot.
  enum Finding {
    case card(Card)
    /// The name is that of ingredients that the slot doesn't take.
    case elsewhere(Card)
    case ambiguous([Card])
    /// The recipe was written for a newer version than there is.
    case tooNew(Card)
    case nothing
  }

  /// The ingredient that `reference` names in a slot that takes `accepts`: the version stated if it is here, else the
  /// newest.
  func find(_ reference: IngredientReference, accepts: [String]) -> Finding {
    let named = named(reference.name)
    let fitting = named.filter { card in accepts.contains { card.fits($0) } }
    guard let first = fitting.first else { return named.first.map(Finding.elsewhere) ?? .nothing }
    // A present name counts more than one that another ingredient once had.
    let present = fitting.filter { $0.name == reference.name || $0.taxonomy == reference.name }
    let candidates = present.isEmpty ? fitting : present
    guard Set(candidates.map(\.taxonomy)).count == 1 else { return .ambiguous(candidates) }
    if let exact = candidates.first(where: { $0.version == reference.version }) { return .card(exact) }
    let newest = candidates.max { $0.version < $1.version } ?? first
    if let stated = reference.version, stated > newest.version { return .tooNew(newest) }
    return .card(newest)
  }
}
