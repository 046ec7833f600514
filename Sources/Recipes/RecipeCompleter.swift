// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Turns what a file says into complete recipes: names become ingredients, missing options get their defaults, and
/// every mistake is collected with its place.
struct RecipeCompleter {
  private let catalogue: [Card]
  private let shape: RecipeShape
  private(set) var problems: [GalleyError] = []

  init(catalogue: [Card], shape: RecipeShape) {
    self.catalogue = catalogue
    self.shape = shape
  }

  /// Fills all slots from the tree; the result lacks the slots that have problems.
  mutating func fill(_ root: SourceNode) -> [String: FilledSlot] {
    refuseUnknownKeys(in: root, at: "")
    var filled: [String: FilledSlot] = [:]
    for slot in shape.slots {
      if let choice = fill(slot, from: root) { filled[slot.path] = choice }
    }
    return filled
  }

  private mutating func fill(_ slot: RecipeShape.Slot, from root: SourceNode) -> FilledSlot? {
    let node = slot.path.split(separator: ".").reduce(Optional(root)) { $0?[String($1)] }
    guard let node else {
      guard let name = slot.defaultIngredient else {
        refuse(root.position, slot.path, "the slot is empty", "Choose one of \(names(in: slot)).")
        return nil
      }
      return card(named: name, in: slot, at: root.position).flatMap { complete($0, slot, with: [], at: root.position) }
    }
    switch node.content {
    case .scalar(.string(let name)):
      return card(named: name, in: slot, at: node.position).flatMap { complete($0, slot, with: [], at: node.position) }
    case .map(let entries):
      let choice = node[Recipe.ingredientKey]
      guard let name = choice.map({ $0.value.description }) ?? slot.defaultIngredient else {
        refuse(node.position, slot.path, "'use' is missing", "Name one of \(names(in: slot)).")
        return nil
      }
      let options = entries.filter { $0.key != Recipe.ingredientKey }
      return card(named: name, in: slot, at: choice?.position ?? node.position)
        .flatMap { complete($0, slot, with: options, at: node.position) }
    default:
      refuse(
        node.position, slot.path, "'\(node.value)' is \(node.value.kindName), but an ingredient is needed",
        "Name one of \(names(in: slot)).")
      return nil
    }
  }

  private mutating func card(named name: String, in slot: RecipeShape.Slot, at position: SourcePosition) -> Card? {
    let fitting = catalogue.filter { $0.fits(slot.accepts) }
    if let card = fitting.first(where: { $0.name == name || $0.taxonomy == name }) { return card }
    let elsewhere = catalogue.first { $0.name == name || $0.taxonomy == name }
    let why =
      elsewhere.map { "'\(name)' is \($0.taxonomy), which does not fit a slot for \(slot.accepts)" }
      ?? "there is no ingredient '\(name)'" + guess(name, among: fitting.map(\.name))
    refuse(position, slot.path, why, "Choose one of \(names(in: slot)).")
    return nil
  }

  private mutating func complete(
    _ card: Card, _ slot: RecipeShape.Slot, with entries: [SourceNode.Entry], at position: SourcePosition
  ) -> FilledSlot? {
    let before = problems.count
    var options: [String: ConfigurationValue] = [:]
    for entry in entries {
      let path = "\(slot.path).\(entry.key)"
      guard let declaration = card.options.first(where: { $0.name == entry.key }) else {
        let known = card.options.map(\.name)
        refuse(
          entry.position, path, "\(card.name) has no option '\(entry.key)'" + guess(entry.key, among: known),
          known.isEmpty ? "It has no options." : "Its options are \(known.joined(separator: ", ")).")
        continue
      }
      switch declaration.kind.accept(entry.value.value) {
      case .success(let value): options[entry.key] = value
      case .failure(let refusal): refuse(entry.value.position, path, refusal.reason, nil)
      }
    }
    let chosen = Set(options.keys)
    for declaration in card.options where !entries.contains(where: { $0.key == declaration.name }) {
      guard let value = declaration.defaultValue else {
        refuse(
          position, "\(slot.path).\(declaration.name)", "\(card.name) needs this option: \(declaration.help)",
          "Give \(declaration.kind.summary).")
        continue
      }
      options[declaration.name] = value
    }
    return problems.count == before ? FilledSlot(card: card, options: options, chosen: chosen) : nil
  }

  /// Refuses keys between the root and the slots that lead to no slot.
  private mutating func refuseUnknownKeys(in node: SourceNode, at prefix: String) {
    for entry in node.entries {
      let path = prefix.isEmpty ? entry.key : "\(prefix).\(entry.key)"
      if prefix.isEmpty && RecipeFile.documentKeys.contains(entry.key) { continue }
      // A dotted key in a file would not be the path that it looks like.
      let isDotted = entry.key.contains(".")
      if !isDotted, shape.slots.contains(where: { $0.path == path }) { continue }
      if !isDotted, shape.slots.contains(where: { $0.path.hasPrefix(path + ".") }) {
        refuseUnknownKeys(in: entry.value, at: path)
        continue
      }
      let known = knownKeys(under: prefix)
      refuse(
        entry.position, path, "unknown key '\(entry.key)'" + guess(entry.key, among: known),
        "Known here: \(known.joined(separator: ", ")).")
    }
  }

  private func knownKeys(under prefix: String) -> [String] {
    let start = prefix.isEmpty ? "" : prefix + "."
    let next = shape.slots.map(\.path).filter { $0.hasPrefix(start) }
      .compactMap { $0.dropFirst(start.count).split(separator: ".").first.map(String.init) }
    var known = prefix.isEmpty ? RecipeFile.documentKeys : []
    for key in next where !known.contains(key) { known.append(key) }
    return known
  }

  private func names(in slot: RecipeShape.Slot) -> String {
    catalogue.filter { $0.fits(slot.accepts) }.map(\.name).sorted().joined(separator: ", ")
  }

  private func guess(_ name: String, among candidates: [String]) -> String {
    NearestName.match(name, in: candidates).map { "; did you mean '\($0)'?" } ?? ""
  }

  mutating func refuse(_ position: SourcePosition, _ path: String, _ why: String, _ remedy: String?) {
    problems.append(GalleyError(.configuration, path, at: "\(position)", why: why, remedy: remedy))
  }
}
