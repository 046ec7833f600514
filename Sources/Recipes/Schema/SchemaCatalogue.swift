// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// A catalogue's cards by taxonomy, each in its newest version.
struct SchemaCatalogue: Sendable {
  private static let taskPrefix = "task"

  /// The cards in the order of their taxonomies.
  let cards: [Card]
  /// The cards that are tasks.
  let tasks: [Card]

  init(_ cards: [Card]) {
    var newest: [String: Card] = [:]
    for card in cards where newest[card.taxonomy].map({ $0.version < card.version }) ?? true {
      newest[card.taxonomy] = card
    }
    let cards = newest.values.sorted { $0.taxonomy < $1.taxonomy }
    self.cards = cards
    tasks = cards.filter { $0.taxonomy != Self.taskPrefix && $0.fits(Self.taskPrefix) }
  }

  func isTask(_ card: Card) -> Bool { tasks.contains { $0.taxonomy == card.taxonomy } }

  func cards(fitting accepts: [String]) -> [Card] { cards.filter { card in accepts.contains(where: card.fits) } }

  /// The words that follow `prefix` in the taxonomies.
  func subcategories(of prefix: String) -> [String] {
    let words = cards.compactMap { card -> String? in
      guard card.taxonomy.hasPrefix(prefix + ".") else { return nil }
      return card.taxonomy.dropFirst(prefix.count + 1).split(separator: ".").first.map(String.init)
    }
    return Set(words).sorted()
  }

  /// The card that a slot's default names, if there is one.
  static func card(for defaultValue: ConfigurationValue?, among cards: [Card]) -> Card? {
    let name: String
    switch defaultValue {
    case .string(let text):
      name = text
    case .map(let values):
      guard case .string(let text)? = values[Recipe.ingredientKey] else { return nil }
      name = text
    default:
      return nil
    }
    let word = name.split(separator: "@").first.map(String.init) ?? name
    return cards.first { $0.name == word || $0.taxonomy == word }
  }

  /// All cards that recipes of a task can hold: those that fit its slots, those that fit their slots, and so on.
  func reachable(from task: Card) -> [Card] {
    var reached: [String: Card] = [task.taxonomy: task]
    var waiting = [task]
    var seen: Set<[String]> = []
    while let card = waiting.popLast() {
      for option in card.options where option.kind.isSlot && seen.insert(option.kind.accepted).inserted {
        for card in cards(fitting: option.kind.accepted) where reached[card.taxonomy] == nil {
          reached[card.taxonomy] = card
          waiting.append(card)
        }
      }
    }
    return reached.values.sorted { $0.taxonomy < $1.taxonomy }
  }
}
