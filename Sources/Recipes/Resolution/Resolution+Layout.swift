// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Laying out the places of a recipe along the ingredients that it chooses.
extension Resolution {
  /// A key that leads to no place.
  struct Leftover {
    var path: [String]
    var entry: SourceNode.Entry
    /// What could have been meant.
    var known: [String]
    /// Whose key it would be, for messages: an ingredient's name; empty at the root.
    var owner: String
  }

  /// Lays out all places; keys that are synonyms are brought to their places first.
  mutating func layOut() {
    // Bringing a synonym to its place may choose an ingredient with synonyms of its own, so this is repeated; each
    // round uses up at least one key.
    while true {
      let leftovers = layOutOnce()
      guard !leftovers.isEmpty else { return }
      let moved = leftovers.filter { move($0) }
      if moved.isEmpty {
        for leftover in leftovers { refuse(leftover) }
        return
      }
    }
  }

  private mutating func layOutOnce() -> [Leftover] {
    (entries, positions, synonyms) = ([], [:], [:])
    (problems, notices) = ([], [])
    var leftovers: [Leftover] = []
    task = findTask()
    guard let task else { return [] }
    add(optionsOf: task, path: "task", node: root["task"], parent: nil, isTask: true, &leftovers)
    leftovers += strayKeys(of: root, under: [], task: task)
    return leftovers
  }

  private mutating func findTask() -> Card? {
    let node = root["task"]
    let known = catalogue.tasks.map(\.name).sorted()
    let remedy = "Known: \(known.joined(separator: ", "))."
    guard let node, case .named(let name, let position) = ingredientName(in: node, path: "task") else {
      refuse(node?.position ?? root.position, "task", "the task is missing", "Add 'task: …'. \(remedy)")
      return nil
    }
    return card(named: name, accepts: [CardCatalogue.taskPrefix], path: "task", at: position)
  }

  /// Adds the options of an ingredient: values as entries, slots with all that is in them.
  private mutating func add(
    optionsOf card: Card, path: String, node: SourceNode?, parent: Int?, isTask: Bool = false,
    _ leftovers: inout [Leftover]
  ) {
    let said = KeyedEntries(upgraded(node, for: card, path: path))
    var used: Set<String> = [Recipe.ingredientKey]
    for declaration in card.options {
      let isRootSlot = isTask && declaration.kind.isSlot
      let place = isRootSlot ? declaration.name : "\(path).\(declaration.name)"
      let value: SourceNode? =
        isRootSlot ? root.node(at: declaration.name.split(separator: ".")) : said[declaration.name]?.value
      if !isRootSlot { used.insert(declaration.name) }
      add(declaration, at: place, of: card, node: value, parent: parent, &leftovers)
    }
    let known = card.options.filter { !isTask || !$0.kind.isSlot }.map(\.name)
    for entry in said.entries where !used.contains(entry.key) {
      leftovers.append(
        Leftover(
          path: path.split(separator: ".").map(String.init) + [entry.key], entry: entry, known: known,
          owner: card.name))
    }
  }

  private mutating func add(
    _ declaration: OptionDeclaration, at path: String, of owner: Card, node: SourceNode?, parent: Int?,
    _ leftovers: inout [Leftover]
  ) {
    switch declaration.kind {
    case .ingredient(let accepts):
      addSlot(declaration, accepts: accepts, at: path, of: owner, node: node, parent: parent, &leftovers)
    case .ingredients, .ingredientPerSubcategory:
      addGroup(declaration, at: path, of: owner, node: node, parent: parent, &leftovers)
    default:
      addOption(declaration, at: path, of: owner, node: node, parent: parent)
    }
  }

  private mutating func addSlot(
    _ declaration: OptionDeclaration, accepts: [String], at path: String, of owner: Card, node: SourceNode?,
    parent: Int?, _ leftovers: inout [Leftover]
  ) {
    let said = node.flatMap { $0.isEmpty ? nil : $0 }
    let fallback = declaration.defaultValue.map { SourceNode($0, at: root.position) }
    var (card, origin): (Card?, Origin) = (nil, .nobody)
    switch (ingredientName(in: said, path: path), fallback.map { ingredientName(in: $0, path: path) }) {
    case (.named(let name, let position), _):
      card = self.card(named: name, accepts: accepts, path: path, at: position)
      origin = .said(place: "\(position)")
    case (.unsaid, .named(let name, _)):
      card = self.card(named: name, accepts: accepts, path: path, at: said?.position ?? root.position)
      origin = .defaultOf(owner.name)
    case (.unsaid, _):
      if let said, !said.entries.isEmpty {
        refuse(said.position, path, "'use' is missing", "Name one of \(names(fitting: accepts)).")
      }
    case (.refused, _):
      break
    }
    let entry = append(declaration, .slot(card), origin, at: path, node: node, parent: parent)
    guard let card else { return }
    if let deprecation = card.deprecation, origin.isSaid {
      let instead = deprecation.replacement.map { " Take \($0) instead." } ?? ""
      notice(said?.position, path, "\(card.name) should no longer be used: \(deprecation.reason)\(instead)")
    }
    let options = said.flatMap { $0.entries.isEmpty ? nil : $0 } ?? (origin.isSaid ? nil : fallback)
    add(optionsOf: card, path: path, node: options, parent: entry, &leftovers)
  }

  private mutating func addGroup(
    _ declaration: OptionDeclaration, at path: String, of owner: Card, node: SourceNode?, parent: Int?,
    _ leftovers: inout [Leftover]
  ) {
    let said = node.flatMap { $0.isEmpty ? nil : $0 }
    let source = said ?? declaration.defaultValue.map { SourceNode($0, at: root.position) }
    let origin: Origin = said.map { .said(place: "\($0.position)") } ?? .defaultOf(owner.name)
    let entry = append(declaration, .group, origin, at: path, node: node, parent: parent)
    if let source, case .map = source.content {
    } else if let source {
      refuse(
        source.position, path, "'\(source.value)' is \(source.value.kindName), but a group of names is needed",
        "Write 'name: ingredient' for each.")
    }
    for item in source?.entries ?? [] {
      var accepts = declaration.kind.accepted
      if case .ingredientPerSubcategory(let prefix) = declaration.kind { accepts = ["\(prefix).\(item.key)"] }
      let slot = OptionDeclaration(item.key, .ingredient(accepts: accepts), default: nil, help: declaration.help)
      guard !item.key.contains(".") else {
        refuse(item.position, "\(path).\(item.key)", "a name has no dots", "Use letters, digits and '-'.")
        continue
      }
      addSlot(
        slot, accepts: accepts, at: "\(path).\(item.key)", of: owner, node: item.value, parent: entry, &leftovers)
    }
  }

  private mutating func addOption(
    _ declaration: OptionDeclaration, at path: String, of owner: Card, node: SourceNode?, parent: Int?
  ) {
    let takesNull = declaration.kind.choices.contains { $0.value == .null }
    let said = node.flatMap { $0.isEmpty && !takesNull ? nil : $0 }
    let value = said?.value ?? declaration.defaultValue
    let origin: Origin = said.map { .said(place: "\($0.position)") } ?? .defaultOf(owner.name)
    let entry = append(
      declaration, .option(nil), value == nil ? .nobody : origin, at: path, node: node, parent: parent)
    guard let value else { return }
    if case .string(let text) = value, text.contains("${") {
      entries[entry].interpolation = text
    } else {
      accept(value, at: entry)
    }
  }

  /// Puts a value into an option, or says why it isn't accepted.
  mutating func accept(_ value: ConfigurationValue, at entry: Int) {
    let place = entries[entry].position ?? root.position
    switch entries[entry].declaration.kind.accept(value) {
    case .success(let accepted):
      entries[entry].content = .option(accepted)
      noteDeprecatedChoice(accepted, at: entry)
    case .failure(let refusal):
      refuse(place, entries[entry].path, refusal.reason, nil)
    }
  }

  private mutating func noteDeprecatedChoice(_ value: ConfigurationValue, at entry: Int) {
    guard entries[entry].origin.isSaid,
      let deprecation = entries[entry].declaration.kind.choices.first(where: { $0.value == value })?.deprecation
    else { return }
    let instead = deprecation.replacement.map { " Take \($0) instead." } ?? ""
    notice(
      entries[entry].position, entries[entry].path, "\(value) should no longer be used: \(deprecation.reason)\(instead)"
    )
  }

  private mutating func append(
    _ declaration: OptionDeclaration, _ content: RecipeEntry.Content, _ origin: Origin, at path: String,
    node: SourceNode?, parent: Int?
  ) -> Int {
    let position = entries.count
    entries.append(
      RecipeEntry(
        path: path, declaration: declaration, content: content, origin: origin,
        depth: parent.map { entries[$0].depth + 1 } ?? 0, parent: parent, position: node?.position,
        isWritten: node.map { !$0.isEmpty } ?? false))
    positions[path] = position
    for synonym in declaration.synonyms { synonyms[synonym, default: []].append(position) }
    return position
  }
}

/// The entries of a group, found by key.
private struct KeyedEntries {
  let entries: [SourceNode.Entry]
  /// Positions by key; empty where looking through all is as quick.
  private let positions: [String: Int]

  init(_ entries: [SourceNode.Entry]) {
    self.entries = entries
    positions =
      entries.count <= 16
      ? [:] : Dictionary(entries.enumerated().map { ($1.key, $0) }, uniquingKeysWith: { first, _ in first })
  }

  subscript(key: String) -> SourceNode.Entry? {
    entries.count <= 16 ? entries.first { $0.key == key } : positions[key].map { entries[$0] }
  }
}
