// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Builds the recipe and its variants from a file's tree, collecting mistakes.
struct RecipeFileBuilder {
  let root: SourceNode
  let folder: String
  let catalogue: [Card]
  let shape: RecipeShape
  private(set) var problems: [GalleyError] = []

  init(root: SourceNode, folder: String, catalogue: [Card], shape: RecipeShape) {
    self.root = root
    self.folder = folder
    self.catalogue = catalogue
    self.shape = shape
  }

  mutating func build() -> (name: String, variants: [RecipeFile.Variant]) {
    let name = text(of: "recipe") ?? ""
    let seed = seed()
    checkTask()
    let overrides = readVariants()
    var variants: [RecipeFile.Variant] = []
    for override in overrides {
      var tree = root
      for change in override.changes { tree = tree.replacing(change.path[...], by: change.value) }
      var completer = RecipeCompleter(catalogue: catalogue, shape: shape)
      let slots = completer.fill(tree)
      report(completer.problems)
      let values = override.changes.map { ($0.path.joined(separator: "."), $0.value.value) }
      variants.append(
        RecipeFile.Variant(
          name: override.name, overrides: Dictionary(values, uniquingKeysWith: { $1 }),
          recipe: Recipe(name: name, task: shape.task, seed: seed, slots: slots, folder: folder)))
    }
    return (name, variants)
  }

  private struct Override {
    var name: String
    var changes: [(path: [String], value: SourceNode)]
  }

  private mutating func readVariants() -> [Override] {
    guard let node = root["variants"] else { return [Override(name: text(of: "recipe") ?? "recipe", changes: [])] }
    guard case .list(let nodes) = node.content, !nodes.isEmpty else {
      refuse(
        node.position, "variants", "a list of variants is needed",
        "Write '- name: …' and 'set: {path: value}' for each.")
      return []
    }
    var overrides: [Override] = []
    for (index, node) in nodes.enumerated() {
      guard let override = readVariant(node, path: "variants[\(index)]") else { continue }
      if overrides.contains(where: { $0.name == override.name }) {
        refuse(node.position, "variants[\(index)].name", "the name '\(override.name)' occurs twice", nil)
      }
      overrides.append(override)
    }
    return overrides
  }

  private mutating func readVariant(_ node: SourceNode, path: String) -> Override? {
    for entry in node.entries where !["name", "set"].contains(entry.key) {
      let guess = NearestName.match(entry.key, in: ["name", "set"]).map { "; did you mean '\($0)'?" } ?? ""
      refuse(entry.position, "\(path).\(entry.key)", "unknown key '\(entry.key)'\(guess)", "Known here: name, set.")
    }
    guard case .scalar(let name)? = node["name"]?.content, name != .null else {
      refuse(node.position, "\(path).name", "a variant needs a name", nil)
      return nil
    }
    var changes: [(path: [String], value: SourceNode)] = []
    for entry in node["set"]?.entries ?? [] {
      let parts = entry.key.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
      if leadsToSlot(parts) {
        changes.append((parts, entry.value))
      } else {
        let known = shape.slots.map(\.path)
        let guess = NearestName.match(entry.key, in: known).map { "; did you mean '\($0)'?" } ?? ""
        refuse(
          entry.position, "\(path).set.\(entry.key)", "the path leads to no slot\(guess)",
          "Slots are \(known.joined(separator: ", ")); add an option's name behind a dot.")
      }
    }
    return Override(name: name.description, changes: changes)
  }

  /// Whether a path names a slot or one key inside it.
  private func leadsToSlot(_ parts: [String]) -> Bool {
    let path = parts.joined(separator: ".")
    let parent = parts.dropLast().joined(separator: ".")
    return shape.slots.contains { $0.path == path || $0.path == parent }
  }

  private mutating func text(of key: String) -> String? {
    guard let node = root[key] else {
      refuse(root.position, key, "the key is missing", "Add '\(key): …' at the top of the file.")
      return nil
    }
    guard case .scalar(let value) = node.content, value != .null else {
      refuse(node.position, key, "text is needed, but \(node.value.kindName) was found", nil)
      return nil
    }
    return value.description
  }

  private mutating func seed() -> UInt64 {
    guard let node = root["seed"] else { return 0 }
    guard case .scalar(.int(let number)) = node.content, number >= 0 else {
      refuse(node.position, "seed", "'\(node.value)' is not a whole number of zero or more", nil)
      return 0
    }
    return UInt64(number)
  }

  private mutating func checkTask() {
    guard let task = text(of: "task"), task != shape.task, let node = root["task"] else { return }
    refuse(node.position, "task", "there is no task '\(task)'", "Known: \(shape.task).")
  }

  /// Adds problems that no earlier variant has shown.
  private mutating func report(_ found: [GalleyError]) {
    for problem in found where !problems.contains(problem) { problems.append(problem) }
  }

  private mutating func refuse(_ position: SourcePosition, _ path: String, _ why: String, _ remedy: String?) {
    report([GalleyError(.configuration, path, at: "\(position)", why: why, remedy: remedy)])
  }
}
