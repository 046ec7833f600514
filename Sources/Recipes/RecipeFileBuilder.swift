// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Builds the recipe and its variants from a file's tree, collecting mistakes.
struct RecipeFileBuilder {
  let root: SourceNode
  let folder: String
  let catalogue: CardCatalogue
  private(set) var problems: [GalleyError] = []
  private(set) var notices: [GalleyError] = []

  init(root: SourceNode, folder: String, catalogue: CardCatalogue) {
    self.root = root
    self.folder = folder
    self.catalogue = catalogue
  }

  mutating func build() -> (name: String, variants: [RecipeFile.Variant]) {
    let name = text(of: "recipe") ?? ""
    let seed = seed()
    let base = Resolution(root, catalogue: catalogue)
    var variants: [RecipeFile.Variant] = []
    for override in readVariants(base) {
      let resolution = override.changes.isEmpty ? base : resolve(override)
      report(resolution.allProblems { Conflict.errors(of: $0, in: resolution) })
      for notice in resolution.notices where !notices.contains(notice.error) { notices.append(notice.error) }
      let values = override.changes.map { ($0.path.joined(separator: "."), $0.value.value) }
      variants.append(
        RecipeFile.Variant(
          name: override.name, overrides: Dictionary(values, uniquingKeysWith: { $1 }),
          recipe: resolution.recipe(name: name, seed: seed, folder: folder),
          target: target(override.changes.isEmpty ? root : tree(of: override))))
    }
    return (name, variants)
  }

  private func resolve(_ override: Override) -> Resolution {
    Resolution(tree(of: override), catalogue: catalogue)
  }

  /// The file's tree with a variant's values.
  func tree(of override: Override) -> SourceNode {
    override.changes.reduce(root) { tree, change in
      tree.replacing(change.path[...], by: change.value, keyPosition: change.position)
    }
  }

  /// A variant's name, and the values by which it differs.
  struct Override {
    var name: String
    var changes: [(path: [String], value: SourceNode, position: SourcePosition)]
  }

  mutating func readVariants(_ base: Resolution) -> [Override] {
    guard let node = root["variants"], !node.isEmpty else {
      return [Override(name: root["recipe"]?.value.description ?? "recipe", changes: [])]
    }
    guard case .list(let nodes) = node.content, !nodes.isEmpty else {
      refuse(
        node.position, "variants", "a list of variants is needed",
        "Write '- name: …' and 'set: {path: value}' for each.")
      return []
    }
    var overrides: [Override] = []
    for (index, node) in nodes.enumerated() {
      guard let override = readVariant(node, path: "variants[\(index)]", base) else { continue }
      if overrides.contains(where: { $0.name == override.name }) {
        refuse(node.position, "variants[\(index)].name", "the name '\(override.name)' occurs twice", nil)
      }
      overrides.append(override)
    }
    return overrides
  }

  private mutating func readVariant(_ node: SourceNode, path: String, _ base: Resolution) -> Override? {
    for entry in node.entries where !["name", "set"].contains(entry.key) {
      let guess = NearestName.match(entry.key, in: ["name", "set"]).map { "; did you mean '\($0)'?" } ?? ""
      refuse(entry.position, "\(path).\(entry.key)", "unknown key '\(entry.key)'\(guess)", "Known here: name, set.")
    }
    guard case .scalar(let name)? = node["name"]?.content, name != .null else {
      refuse(node.position, "\(path).name", "a variant needs a name", nil)
      return nil
    }
    var override = Override(name: name.description, changes: [])
    for entry in node["set"]?.entries ?? [] {
      for target in targets(of: entry.key, base) {
        let parts = target.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard !parts.contains(""), target == RecipeFile.targetKey || !RecipeFile.documentKeys.contains(target) else {
          refuse(
            entry.position, "\(path).set.\(entry.key)", "the path leads to no slot",
            "Write the path of a slot or an option, like trainer.epochs.")
          continue
        }
        override.changes.append((parts, entry.value, entry.position))
      }
    }
    return override
  }

  /// The paths that a key of `set` means: itself, or those that it is a synonym of in the recipe without variants.
  private func targets(of key: String, _ base: Resolution) -> [String] {
    guard base.positions[key] == nil, let known = base.synonyms[key] else { return [key] }
    return known.map { base.entries[$0].path }
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

  /// The target that a tree names.
  private mutating func target(_ tree: SourceNode) -> String? {
    guard let node = tree[RecipeFile.targetKey], !node.isEmpty else { return nil }
    if case .map = node.content { return nil }
    guard case .scalar(.string(let name)) = node.content else {
      refuse(
        node.position, RecipeFile.targetKey, "'\(node.value)' is no target's name",
        "galley target list shows those that were declared; local is this machine.")
      return nil
    }
    return name
  }

  private mutating func seed() -> UInt64 {
    guard let node = root["seed"], !node.isEmpty else { return 0 }
    guard case .scalar(.int(let number)) = node.content, number >= 0 else {
      refuse(node.position, "seed", "'\(node.value)' is not a whole number of zero or more", nil)
      return 0
    }
    return UInt64(number)
  }

  /// Adds problems that no earlier variant has shown.
  private mutating func report(_ found: [GalleyError]) {
    for problem in found where !problems.contains(problem) { problems.append(problem) }
  }

  private mutating func refuse(_ position: SourcePosition, _ path: String, _ why: String, _ remedy: String?) {
    report([GalleyError(.configuration, path, at: "\(position)", why: why, remedy: remedy)])
  }
}
