// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A choice of LEIP's pantry, as a recipe carries it: what it is, which slots it has, what it demands.
public struct PortableIngredient: Sendable, Hashable {
  /// The SHA-256 by which the recipe names it.
  public let id: String
  /// Its place in the taxonomy, such as `model.detection.2d`.
  public let category: String
  /// Its name for people.
  public let name: String
  /// Its version.
  public let version: String
  /// How much LEIP prefers it where several fit.
  public let priority: Double?
  /// The order in which LEIP's user interface shows the slots.
  public let slotOrder: [String]
  /// An explanation in Markdown.
  public let help: String?
  /// The SHA-256 of the configuration that it specializes.
  public let configurationID: String?
  /// The file that the configuration came from.
  public let file: String?
  /// What it demands of the whole recipe.
  public let constraints: [PortableConstraint]
  /// Its slots by path.
  public let slots: [PortableSlot]
  /// Everything that the recipe says about it.
  public let raw: PortableValue

  private let indices: [String: Int]

  /// The slot at a path.
  public func slot(_ path: String) -> PortableSlot? { indices[path].map { slots[$0] } }

  /// The id's first six digits, as LEIP shows it.
  public var shortID: String { String(id.prefix(6)) }

  init(_ id: String, _ raw: PortableValue, _ place: PortablePath, _ reader: inout PortableReader) {
    self.id = id
    self.raw = raw
    if raw.map == nil { reader.note("an ingredient", raw, place) }
    category = reader.text(raw, "is_a", place) ?? ""
    let meta = raw["meta"] ?? .null
    let metaPlace = place.appending("meta")
    name = reader.text(meta, "ingredient_name", metaPlace) ?? ""
    version = reader.text(meta, "version", metaPlace) ?? ""
    priority = reader.number(meta, "choice_priority", metaPlace)
    slotOrder = reader.texts(meta, "slot_order", metaPlace)
    help = reader.text(meta, "help_markdown", metaPlace)
    let reference = raw["refers_to"] ?? .null
    configurationID = reader.text(reference, "_config_hash", place.appending("refers_to"))
    file = reader.text(reference, "file", place.appending("refers_to"))
    constraints = reader.list(raw, "constraints", place).enumerated().map { index, constraint in
      PortableConstraint(constraint, place.appending("constraints").appending(index), &reader)
    }
    let slotsPlace = place.appending("slots")
    slots = reader.entries(raw["slots"], slotsPlace).map { name, slot in
      PortableSlot(name, slot, slotsPlace.appending(name), &reader)
    }
    indices = Dictionary(slots.enumerated().map { ($1.path, $0) }, uniquingKeysWith: { first, _ in first })
  }
}

/// What an ingredient demands of the recipe that holds it.
public struct PortableConstraint: Sendable, Hashable {
  /// What is demanded.
  public enum Rule: Sendable, Hashable {
    /// An expression over `tax:<synonym>` and `slot:<own slot>` has to be true.
    case value(String)
    /// Ingredients of a category have to lie in one of these subcategories.
    case taxonomy(category: String, permissible: [String])
    /// Something that this reader does not know.
    case other(PortableValue)
  }

  /// What is demanded.
  public let rule: Rule
  /// The reason, for people.
  public let reason: String?
  /// Whether it is advice only.
  public let isOptional: Bool

  init(_ raw: PortableValue, _ place: PortablePath, _ reader: inout PortableReader) {
    reason = reader.text(raw, "description", place)
    isOptional = reader.bool(raw, "optional", place) ?? false
    switch (reader.text(raw, "type", place), raw["constraint"]?.text, raw["category"]?.text) {
    case ("value", let expression?, _): rule = .value(expression)
    case ("taxonomy", _, let category?):
      rule = .taxonomy(category: category, permissible: reader.texts(raw, "permissible", place))
    default: rule = .other(raw)
    }
  }
}
