// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Expressions

/// All ingredients that recipes may use, found by name and by what fits a slot.
public struct CardCatalogue: Sendable {
  /// The cards, in the order in which slots offer them: those that should no longer be used last, then by falling
  /// priority, taxonomy, and falling version.
  public let cards: [Card]
  /// Positions of the newest version of each taxonomy, under every dotted beginning of the taxonomy.
  private let byPrefix: [String: [Int]]
  /// Positions of all versions under the last word, the whole taxonomy, and former taxonomies.
  private let byName: [String: [Int]]
  /// The conditions that cards state, parsed; those that can't be are left out.
  let conditions: [String: ParsedExpression]

  /// Creates a catalogue.
  /// - Throws: `GalleyError` if two cards have one taxonomy and version.
  public init(_ cards: [Card]) throws(GalleyError) {
    let sorted = cards.sorted(by: Self.comesFirst)
    var (byPrefix, byName): ([String: [Int]], [String: [Int]]) = ([:], [:])
    var newest: [String: Int] = [:]
    for (position, card) in sorted.enumerated() {
      for name in Self.names(of: card) { byName[name, default: []].append(position) }
      guard let other = newest[card.taxonomy] else {
        newest[card.taxonomy] = position
        continue
      }
      guard sorted[other].version != card.version else { throw Self.duplicate(card) }
      if sorted[other].version < card.version { newest[card.taxonomy] = position }
    }
    for position in newest.values.sorted() {
      for prefix in Self.prefixes(of: sorted[position].taxonomy) { byPrefix[prefix, default: []].append(position) }
    }
    self.cards = sorted
    self.byPrefix = byPrefix
    self.byName = byName
    conditions = Self.parse(sorted)
  }

  /// The tasks that recipes may have.
  public var tasks: [Card] { fitting([Self.taskPrefix]) }

  /// The taxonomy of tasks begins with this word.
  static let taskPrefix = "task"

  /// The newest version of every ingredient that a slot takes, in the order in which it offers them.
  public func fitting(_ accepts: [String]) -> [Card] {
    if accepts.count == 1, let only = accepts.first { return (byPrefix[only] ?? []).map { cards[$0] } }
    return Set(accepts.flatMap { byPrefix[$0] ?? [] }).sorted().map { cards[$0] }
  }

  /// All versions of the ingredients called `name`: its last word, its taxonomy, or a former taxonomy.
  func named(_ name: String) -> [Card] { (byName[name] ?? []).map { cards[$0] } }

  private static func parse(_ cards: [Card]) -> [String: ParsedExpression] {
    var conditions: [String: ParsedExpression] = [:]
    for card in cards {
      for text in card.constraints.map(\.condition) + card.options.compactMap(\.condition) where conditions[text] == nil
      {
        conditions[text] = try? ParsedExpression(text)
      }
    }
    return conditions
  }

  private static func names(of card: Card) -> Set<String> {
    let former = card.formerNames.flatMap { [$0, $0.split(separator: ".").last.map(String.init) ?? $0] }
    return Set([card.name, card.taxonomy] + former)
  }

  private static func comesFirst(_ left: Card, _ right: Card) -> Bool {
    if (left.deprecation == nil) != (right.deprecation == nil) { return left.deprecation == nil }
    if left.priority != right.priority { return left.priority > right.priority }
    if left.taxonomy != right.taxonomy { return left.taxonomy < right.taxonomy }
    return left.version > right.version
  }

  private static func prefixes(of taxonomy: String) -> [String] {
    var prefixes = [taxonomy]
    var rest = taxonomy[...]
    while let dot = rest.lastIndex(of: ".") {
      rest = rest[..<dot]
      prefixes.append(String(rest))
    }
    return prefixes
  }

  private static func duplicate(_ card: Card) -> GalleyError {
    GalleyError(
      .configuration, "can't build the catalogue", at: card.taxonomy, why: "version \(card.version) is there twice",
      remedy: "Give one of them another taxonomy or version.")
  }
}
