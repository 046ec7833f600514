// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// What a slot for values holds in a recipe.
public struct PortableSetting: Sendable, Hashable {
  /// Where a value comes from.
  public enum Origin: String, Sendable, Hashable {
    /// The recipe sets it.
    case actual
    /// The ingredient's default.
    case `default`
    /// The ingredient's default, which takes over other values: `${task.height}`.
    case interpolation
    /// Nobody gives one, and one is needed.
    case missing
  }

  /// Where the node lies in the tree.
  public let place: PortablePlace
  /// The node's number.
  public let node: String
  /// The ingredient's place in the taxonomy.
  public let category: String
  /// The slot.
  public let slot: PortableSlot
  /// What it holds; `nil` if that is missing. Interpolations are kept as text.
  public let value: PortableValue?
  /// Where the value comes from.
  public let origin: Origin

  /// The names by which people reach the slot.
  public var synonyms: [String] { slot.synonyms }

  /// Whether the value takes over other values.
  public var isInterpolation: Bool { value?.text?.contains("${") ?? false }

  /// Whether a name means this setting: one of its synonyms, or its slot's path.
  public func isNamed(_ name: String) -> Bool { synonyms.contains(name) || slot.path == name }
}

extension PortableRecipe {
  /// What every slot for values holds, in the order of the tree and then of the slots' paths.
  public var values: [PortableSetting] { placements.flatMap { settings(of: $0) } }

  /// The settings that a synonym or a slot's path names; several ingredients may share one.
  public func values(named name: String) -> [PortableSetting] { values.filter { $0.isNamed(name) } }

  func settings(of placement: Placement) -> [PortableSetting] {
    placement.ingredient.slots.filter { !$0.kind.holdsIngredients }.map { slot in
      let (value, origin) = effective(slot, in: placement)
      return PortableSetting(
        place: placement.place, node: placement.node.number, category: placement.ingredient.category, slot: slot,
        value: value, origin: origin)
    }
  }

  private func effective(_ slot: PortableSlot, in placement: Placement) -> (PortableValue?, PortableSetting.Origin) {
    if let actual = placement.node.values[slot.path] { return actual.isMissing ? (nil, .missing) : (actual, .actual) }
    if let interpolation = slot.defaults?.interpolation { return (.text(interpolation), .interpolation) }
    guard let value = slot.defaults?.value ?? configured(slot, placement.ingredient), !value.isMissing else {
      return (nil, .missing)
    }
    return (value, value.text?.contains("${") ?? false ? .interpolation : .default)
  }

  /// What the configuration holds at the slot's path, for slots that declare no default.
  private func configured(_ slot: PortableSlot, _ ingredient: PortableIngredient) -> PortableValue? {
    let configuration = ingredient.configurationID.flatMap { configurations[$0] }
    return slot.path.split(separator: ".").reduce(configuration) { value, key in value?[String(key)] }
  }

  // MARK: Changes

  /// Sets the slot that a synonym or a slot's path names.
  /// - Throws: `GalleyError` if no slot or several slots have this name, or the value does not fit.
  public mutating func set(_ name: String, to value: PortableValue) throws(GalleyError) {
    try set(only(name), to: value)
  }

  /// Sets a slot.
  /// - Throws: `GalleyError` if the value does not fit or the recipe holds no such slot.
  public mutating func set(_ setting: PortableSetting, to value: PortableValue) throws(GalleyError) {
    let path = try path(of: setting)
    if let objection = setting.slot.objection(to: value) {
      throw Self.refusal("\(setting.place)/\(setting.slot.path)", objection, nil)
    }
    change(path.appending("actual"), value)
    renumber()
  }

  /// Takes back what the recipe sets, so that the slot's default counts again.
  /// - Throws: `GalleyError` if no slot or several slots have this name.
  public mutating func clear(_ name: String) throws(GalleyError) {
    let setting = try only(name)
    try change(path(of: setting), nil)
    let values: PortablePath = ["portable", setting.node, "value_slots"]
    if document[values]?.map?.entries.isEmpty ?? false { change(values, nil) }
    renumber()
  }

  private func path(of setting: PortableSetting) throws(GalleyError) -> PortablePath {
    guard let node = nodes[setting.node], ingredients[node.ingredientID]?.slot(setting.slot.path) == setting.slot else {
      throw Self.refusal("\(setting.place)/\(setting.slot.path)", "the recipe holds no such slot", nil)
    }
    return ["portable", setting.node, "value_slots", setting.slot.path]
  }

  private func only(_ name: String) throws(GalleyError) -> PortableSetting {
    let all = values
    let named = all.filter { $0.isNamed(name) }
    if let setting = named.first, named.count == 1 { return setting }
    if named.isEmpty {
      let nearest = NearestName.match(name, in: all.flatMap(\.synonyms))
      throw Self.refusal(name, "no slot has this name", nearest.map { "Did you mean '\($0)'?" })
    }
    let places = named.map { "\($0.place)/\($0.slot.path)" }.joined(separator: ", ")
    throw Self.refusal(name, "\(named.count) slots have this name: \(places)", "Name one of them by its place.")
  }

  private static func refusal(_ place: String, _ why: String, _ remedy: String?) -> GalleyError {
    GalleyError(.configuration, "can't set a portable recipe's value", at: place, why: why, remedy: remedy)
  }
}
