// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import FoundationEssentials

/// An ingredient in a slot with its complete options.
public struct FilledSlot: Sendable, Hashable {
  /// The ingredient's card.
  public var card: Card
  /// All options by name; slots are not among them.
  public var options: [String: ConfigurationValue]
  /// The options that the recipe says itself; the others are the card's defaults.
  public var chosen: Set<String>
  /// The choices in the ingredient's own slots: by the option's name, or `option.name` where several are named.
  public var slots: [String: FilledSlot]
  /// What this choice needs; not what those in its slots need.
  public var artifacts: [ArtifactRequirement]
  /// Who decided each option, and the ingredient itself under `use`.
  public var origins: [String: Origin]

  /// Fills a slot.
  public init(
    card: Card, options: [String: ConfigurationValue], chosen: Set<String> = [], slots: [String: FilledSlot] = [:],
    artifacts: [ArtifactRequirement] = [], origins: [String: Origin] = [:]
  ) {
    self.card = card
    self.options = options
    self.chosen = chosen
    self.slots = slots
    self.artifacts = artifacts
    self.origins = origins
  }

  /// The ingredient and those in its slots, with their paths, in the order of the paths.
  func flattened(at path: String) -> [(path: String, slot: FilledSlot)] {
    [(path, self)] + slots.sorted { $0.key < $1.key }.flatMap { $0.value.flattened(at: "\(path).\($0.key)") }
  }

  /// The options as the ingredient's typed options are decoded from: an ingredient in a slot stands under the
  /// option's name with its own name and options.
  var decodableOptions: [String: ConfigurationValue] {
    var all = options
    for (key, slot) in slots {
      let value = ConfigurationValue.map(["name": .string(slot.card.name), "options": .map(slot.decodableOptions)])
      guard let dot = key.firstIndex(of: ".") else {
        all[key] = value
        continue
      }
      let group = String(key[..<dot])
      var named: [String: ConfigurationValue] = [:]
      if case .map(let earlier)? = all[group] { named = earlier }
      named[String(key[key.index(after: dot)...])] = value
      all[group] = .map(named)
    }
    for declaration in card.options where declaration.kind.isSlot && all[declaration.name] == nil {
      if case .ingredient = declaration.kind { continue }
      all[declaration.name] = .map([:])
    }
    return all
  }
}

extension FilledSlot {
  /// Choices are equal if they mean the same, whoever made them.
  public static func == (left: Self, right: Self) -> Bool {
    left.card == right.card && left.options == right.options && left.slots == right.slots
      && left.artifacts == right.artifacts
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(card.taxonomy)
    hasher.combine(options)
    hasher.combine(slots)
  }
}

extension FilledSlot: OptionSource {
  public func options(completing card: Card) throws -> [String: ConfigurationValue] { decodableOptions }

  public func options<Made: Ingredient>(of type: Made.Type) throws -> Made.Options {
    do {
      let document = ConfigurationValue.map(decodableOptions)
      return try JSONDecoder().decode(Made.Options.self, from: JSONEncoder().encode(document))
    } catch {
      throw GalleyError(
        .software, "can't decode the options of \(type.card.taxonomy)",
        why: "the card and the ingredient's options differ: \(error)")
    }
  }
}
