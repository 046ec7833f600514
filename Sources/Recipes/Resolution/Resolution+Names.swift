// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// From names to ingredients, and from other names to paths.
extension Resolution {
  /// What a slot's value says of its ingredient.
  enum IngredientName {
    case named(String, SourcePosition)
    /// Nothing, or options only.
    case unsaid
    /// Something else; that was told.
    case refused
  }

  mutating func ingredientName(in node: SourceNode?, path: String) -> IngredientName {
    guard let node else { return .unsaid }
    switch node.content {
    case .scalar(.null): return .unsaid
    case .scalar(let value): return .named(value.description, node.position)
    case .map:
      guard let named = node[Recipe.ingredientKey], !named.isEmpty else { return .unsaid }
      return ingredientName(in: named, path: path)
    case .list:
      refuse(
        node.position, path, "'\(node.value)' is \(node.value.kindName), but an ingredient is needed",
        "Write its name, or a group of keys with 'use: name'.")
      return .refused
    }
  }

  /// The ingredient that a recipe means, or `nil` with the reason told.
  mutating func card(named text: String, accepts: [String], path: String, at position: SourcePosition) -> Card? {
    guard let reference = IngredientReference(text) else {
      refuse(position, path, "'\(text)' ends in no version like @1.2.3", choice(of: accepts))
      return nil
    }
    switch catalogue.find(reference, accepts: accepts) {
    case .card(let card):
      note(reference, isTakenAs: card, path: path, at: position)
      return card
    case .elsewhere(let card):
      let slot = accepts.joined(separator: " or ")
      refuse(
        position, path, "'\(text)' is \(card.taxonomy), which does not fit a slot for \(slot)", choice(of: accepts))
    case .ambiguous(let cards):
      let all = cards.map(\.taxonomy).joined(separator: " and ")
      refuse(position, path, "'\(text)' is the name of \(all)", "Write the whole taxonomy.")
    case .tooNew(let card):
      refuse(
        position, path,
        "the recipe is for \(reference.name) \(reference.version.map(\.description) ?? ""), but here is \(card.version)",
        "Update Galley, or write '\(card.name)' without a version to take the one that is here.")
    case .nothing:
      let fitting = catalogue.fitting(accepts).map(\.name)
      let kind = accepts == [CardCatalogue.taskPrefix] ? "task" : "ingredient"
      refuse(
        position, path, "there is no \(kind) '\(text)'\(guess(reference.name, among: fitting))", choice(of: accepts))
    }
    return nil
  }

  private mutating func note(
    _ reference: IngredientReference, isTakenAs card: Card, path: String, at position: SourcePosition
  ) {
    if reference.name != card.name, reference.name != card.taxonomy {
      notice(position, path, "'\(reference.name)' is called \(card.name) now")
    }
    guard let stated = reference.version, stated != card.version else { return }
    let rules = card.upgrades.count { stated < $0.since }
    let risk =
      stated.major != card.version.major && rules == 0
      ? "; the card says nothing of what changed, so check the options" : ""
    notice(position, path, "written for \(card.name) \(stated), taken as \(card.version)\(risk)")
  }

  /// The keys of an ingredient's group as this version of it knows them.
  mutating func upgraded(_ node: SourceNode?, for card: Card, path: String) -> [SourceNode.Entry] {
    var entries = node?.entries ?? []
    guard !card.upgrades.isEmpty, !entries.isEmpty else { return entries }
    let reference = node?[Recipe.ingredientKey].flatMap { IngredientReference($0.value.description) }
    for rule in card.upgrades.sorted(by: { $0.since < $1.since }) {
      guard let index = entries.firstIndex(where: { $0.key == rule.option }) else { continue }
      let isOlder = reference?.version.map { $0 < rule.since }
      let (entry, place) = (entries[index], "\(path).\(rule.option)")
      switch rule.change {
      case .renamed(let name):
        // Without a version an old name is only taken where no option has it now.
        guard isOlder ?? (card.option(rule.option) == nil) else { continue }
        entries[index].key = name
        notice(entry.position, place, "the option is called '\(name)' since \(card.name) \(rule.since): \(rule.reason)")
      case .value(let old, let new):
        guard isOlder == true, entry.value.value == old else { continue }
        entries[index].value = SourceNode(new, at: entry.value.position)
        notice(entry.position, place, "\(old) is written \(new) since \(card.name) \(rule.since): \(rule.reason)")
      case .removed:
        guard isOlder ?? (card.option(rule.option) == nil) else { continue }
        entries.remove(at: index)
        notice(entry.position, place, "the option is gone since \(card.name) \(rule.since): \(rule.reason)")
      }
    }
    return entries
  }

  /// Brings a key that is a synonym, or a group that leads to synonyms, to its places.
  /// - Returns: whether a key was moved.
  mutating func move(_ leftover: Leftover) -> Bool {
    let name = leftover.path.joined(separator: ".")
    guard let targets = synonyms[name] else {
      guard synonyms.keys.contains(where: { $0.hasPrefix(name + ".") }) else { return false }
      var moved = false
      for entry in leftover.entry.value.entries {
        let inner = Leftover(path: leftover.path + [entry.key], entry: entry, known: [], owner: leftover.owner)
        if move(inner) { moved = true }
      }
      return moved
    }
    let paths = targets.map { entries[$0].path.split(separator: ".").map(String.init) }
    // A place that is said under its own name too is told as a mistake later, since the synonym stays.
    guard paths.allSatisfy({ root.node(at: $0).map(\.isEmpty) ?? true }) else { return false }
    root = root.removing(leftover.path[...])
    for path in paths {
      root = root.replacing(path[...], by: leftover.entry.value, keyPosition: leftover.entry.position)
    }
    return true
  }

  /// Keys between the root and the slots that lead to no slot.
  func strayKeys(of node: SourceNode, under path: [String], task: Card) -> [Leftover] {
    let slots = task.options.filter(\.kind.isSlot).map(\.name)
    return strayKeys(of: node, under: path, slots: slots, places: Set(slots))
  }

  private func strayKeys(
    of node: SourceNode, under path: [String], slots: [String], places: Set<String>
  ) -> [Leftover] {
    var stray: [Leftover] = []
    for entry in node.entries where !(path.isEmpty && RecipeFile.isDocumentEntry(entry)) {
      let here = (path + [entry.key]).joined(separator: ".")
      // A dotted key in a file would not be the path that it looks like.
      let isDotted = entry.key.contains(".")
      if !isDotted, places.contains(here) { continue }
      let leadsOn = !isDotted && slots.contains { $0.hasPrefix(here + ".") }
      if leadsOn, entry.value.isEmpty { continue }
      if leadsOn, case .map = entry.value.content, entry.value[Recipe.ingredientKey] == nil {
        stray += strayKeys(of: entry.value, under: path + [entry.key], slots: slots, places: places)
      } else {
        stray.append(
          Leftover(path: path + [entry.key], entry: entry, known: knownKeys(under: path, slots: slots), owner: ""))
      }
    }
    return stray
  }

  private func knownKeys(under path: [String], slots: [String]) -> [String] {
    let start = path.isEmpty ? "" : path.joined(separator: ".") + "."
    var known = path.isEmpty ? RecipeFile.documentKeys.filter { !$0.hasPrefix("$") } : []
    for slot in slots where slot.hasPrefix(start) {
      guard let key = slot.dropFirst(start.count).split(separator: ".").first.map(String.init) else { continue }
      if !known.contains(key) { known.append(key) }
    }
    return known
  }

  mutating func refuse(_ leftover: Leftover) {
    let path = leftover.path.joined(separator: ".")
    let key = leftover.entry.key
    if let target = synonyms[path]?.first, let position = entries[target].position {
      refuse(
        leftover.entry.position, path, "it is another name of \(entries[target].path), which is said at \(position)",
        "Remove one of them.")
      return
    }
    let inner = leftover.entry.value.entries
    if !inner.isEmpty, synonyms.keys.contains(where: { $0.hasPrefix(path + ".") }) {
      let known = synonyms.keys.filter { $0.hasPrefix(path + ".") }.map { String($0.dropFirst(path.count + 1)) }
        .sorted()
      for entry in inner {
        refuse(Leftover(path: leftover.path + [entry.key], entry: entry, known: known, owner: leftover.owner))
      }
      return
    }
    let guess = guess(key, among: leftover.known)
    let what = leftover.owner.isEmpty ? "unknown key '\(key)'" : "\(leftover.owner) has no option '\(key)'"
    let remedy =
      leftover.owner.isEmpty
      ? "Known here: \(leftover.known.joined(separator: ", "))."
      : leftover.known.isEmpty ? "It has no options." : "Its options are \(leftover.known.joined(separator: ", "))."
    refuse(leftover.entry.position, path, what + guess, remedy)
  }

  private func choice(of accepts: [String]) -> String { "Choose one of \(names(fitting: accepts))." }

  func names(fitting accepts: [String]) -> String {
    catalogue.fitting(accepts).map(\.name).sorted().joined(separator: ", ")
  }
}
