// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// The schema's shared parts: each ingredient and each slot is defined once and referred to from then on.
struct SchemaDefinitions {
  let catalogue: SchemaCatalogue
  private(set) var all: [String: ConfigurationValue] = ["interpolation": Schema.interpolationDefinition]
  /// Synonyms that stand inside an ingredient's group, by the ingredient's taxonomy.
  private var extras: [String: SchemaTree] = [:]
  private var fitting: [[String]: [Card]] = [:]
  private var named: Set<String> = []
  private var undefined: [Card] = []
  /// The paths inside slots, by their depth and by what the slots accept.
  var paths: [[String]: SchemaPaths] = [:]

  init(_ catalogue: SchemaCatalogue) { self.catalogue = catalogue }

  mutating func cards(fitting accepts: [String]) -> [Card] {
    if let cards = fitting[accepts] { return cards }
    let cards = catalogue.cards(fitting: accepts)
    fitting[accepts] = cards
    return cards
  }

  mutating func define(_ key: String, _ schema: ConfigurationValue) { all[key] = schema }

  // MARK: Ingredients

  /// The texts that name an ingredient.
  mutating func name(of card: Card) -> ConfigurationValue {
    note(card)
    return Schema.reference("name:" + card.taxonomy)
  }

  /// An ingredient with its options.
  mutating func group(of card: Card, requiringUse: Bool) -> ConfigurationValue {
    note(card)
    let reference = Schema.reference("ingredient:" + card.taxonomy)
    return requiringUse
      ? Schema.adding(["required": .list([.string(Recipe.ingredientKey)])], to: reference) : reference
  }

  /// Writes the definitions of all ingredients that were referred to, and of those that they refer to.
  mutating func define() {
    while let card = undefined.popLast() {
      define("name:" + card.taxonomy, nameDefinition(of: card))
      define("ingredient:" + card.taxonomy, groupDefinition(of: card))
    }
  }

  private mutating func note(_ card: Card) {
    if named.insert(card.taxonomy).inserted { undefined.append(card) }
  }

  private func nameDefinition(of card: Card) -> ConfigurationValue {
    let names = [card.name, card.taxonomy]
    let current = Array(Set(names)).sorted { ($0.count, $0) < ($1.count, $1) }
    let former = Set(card.formerNames.flatMap { [$0, $0.split(separator: ".").last.map(String.init) ?? $0] })
      .subtracting(current).sorted()
    let pattern = "^(" + (current + former).map(Schema.literal).joined(separator: "|") + #")@[0-9]+\.[0-9]+\.[0-9]+$"#
    let alternatives =
      current.map { ConfigurationValue.map(["const": .string($0)]) }
      + former.map { .map(["const": .string($0), "deprecated": .bool(true)]) }
      + [.map(["type": .string("string"), "pattern": .string(pattern)])]
    return described(Schema.any(alternatives), card)
  }

  private func described(_ schema: ConfigurationValue, _ card: Card) -> ConfigurationValue {
    let description = [card.summary, card.deprecation.map(Self.words)].compactMap(\.self).joined(separator: " ")
    return Schema.adding(
      [
        "title": .string("\(card.name) \(card.version)"), "description": .string(description),
        "deprecated": card.deprecation.map { _ in .bool(true) },
      ], to: schema)
  }

  static func words(_ deprecation: Deprecation) -> String {
    "Deprecated: \(deprecation.reason)" + (deprecation.replacement.map { " Take \($0)." } ?? "")
  }

  private mutating func groupDefinition(of card: Card) -> ConfigurationValue {
    let isTask = catalogue.isTask(card)
    var properties = extras[card.taxonomy]?.properties ?? [:]
    // A task's slots stand in the document and not in the task's group.
    for option in card.options where !(isTask && option.kind.isSlot) {
      properties[option.name] = schema(of: option, on: card)
    }
    for rule in card.upgrades where card.option(rule.option) == nil && properties[rule.option] == nil {
      properties[rule.option] = .map([
        "deprecated": .bool(true), "description": .string("Of versions before \(rule.since): \(rule.reason)"),
      ])
    }
    properties[Recipe.ingredientKey] = name(of: card)
    let group = ConfigurationValue.map([
      "type": .string("object"), "properties": .map(properties), "additionalProperties": .bool(false),
    ])
    return described(group, card)
  }

  // MARK: Slots

  /// The names that a slot accepts.
  mutating func names(_ accepts: [String]) -> ConfigurationValue {
    let key = "names:" + accepts.joined(separator: "+")
    if all[key] == nil {
      let cards = cards(fitting: accepts)
      define(key, Schema.any(cards.map { name(of: $0) }))
    }
    return Schema.reference(key)
  }

  /// The values of a slot; with a default, a group of options alone is one of them.
  mutating func slot(_ accepts: [String], default defaultValue: ConfigurationValue?) -> ConfigurationValue {
    let key = "slot:" + accepts.joined(separator: "+")
    if all[key] == nil {
      let cards = cards(fitting: accepts)
      let groups = cards.map { group(of: $0, requiringUse: true) }
      define(key, .map(["anyOf": .list([Schema.null, names(accepts)] + groups + [Schema.interpolation])]))
    }
    guard let card = SchemaCatalogue.card(for: defaultValue, among: cards(fitting: accepts)) else {
      return Schema.reference(key)
    }
    let keyWithDefault = key + "=" + card.taxonomy
    if all[keyWithDefault] == nil {
      define(keyWithDefault, Schema.any([Schema.reference(key), group(of: card, requiringUse: false)]))
    }
    return Schema.reference(keyWithDefault)
  }

  // MARK: Synonyms inside groups

  /// Adds a key to the groups of all ingredients that fit a slot: the synonym `trainer.num_epochs` stands in `trainer`.
  mutating func addExtra(_ schema: ConfigurationValue, at path: ArraySlice<String>, accepts: [String]) {
    guard let key = path.first else { return }
    for card in cards(fitting: accepts) {
      if let option = card.option(key) {
        if case .ingredient(let inner) = option.kind, inner != accepts {
          addExtra(schema, at: path.dropFirst(), accepts: inner)
        }
      } else {
        _ = extras[card.taxonomy, default: SchemaTree()].insert(schema, at: path)
      }
    }
  }
}
