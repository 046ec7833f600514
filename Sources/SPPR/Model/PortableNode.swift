// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// One use of an ingredient in a recipe, with what fills its slots.
public struct PortableNode: Sendable, Hashable {
  /// The number by which the recipe names it.
  public let number: String
  /// The id of its ingredient.
  public let ingredientID: String
  /// The name that a user gave it, such as `name:telemetry`, in slots that hold several ingredients.
  public let givenName: String?
  /// The numbers of the nodes in each slot that holds ingredients, by slot.
  public let children: [Children]
  /// What the recipe sets, by slot.
  public let values: [String: PortableValue]

  /// The nodes in a slot.
  public struct Children: Sendable, Hashable {
    /// The slot's path.
    public let slot: String
    /// The nodes' numbers.
    public let nodes: [String]
  }

  /// The nodes in a slot; `nil` if the recipe says nothing of the slot.
  public func children(in slot: String) -> [String]? { children.first { $0.slot == slot }?.nodes }

  init(_ number: String, _ raw: PortableValue, _ place: PortablePath, _ reader: inout PortableReader) {
    self.number = number
    if raw.map == nil { reader.note("a node", raw, place) }
    ingredientID = reader.text(raw, "ingredient_uuid", place) ?? ""
    givenName = reader.text(raw, "given_name", place)
    let slotsPlace = place.appending("config_slots")
    children = reader.entries(raw["config_slots"], slotsPlace).map { slot, nodes in
      Children(slot: slot, nodes: reader.texts(nodes, slotsPlace.appending(slot)))
    }
    let valuesPlace = place.appending("value_slots")
    var values: [String: PortableValue] = [:]
    for (slot, entry) in reader.entries(raw["value_slots"], valuesPlace) {
      if entry.map == nil { reader.note("a map", entry, valuesPlace.appending(slot)) }
      values[slot] = entry["actual"]
    }
    self.values = values
  }
}
