// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files

extension PortableRecipe {
  /// What is wrong with the recipe; empty if all ids verify, all references resolve and every value fits its slot.
  public func check() -> [PortableFinding] {
    malformed + checkIdentities() + checkReferences() + checkShape() + nodesInOrder.flatMap { check($0) }
  }

  /// How many ids of ingredients and configurations there are, and how many of them verify.
  public var identities: (verified: Int, total: Int) {
    let total = ingredients.count + configurations.count
    return (total - checkIdentities().count, total)
  }

  private var nodesInOrder: [PortableNode] { nodes.values.sorted { Self.order($0.number) < Self.order($1.number) } }

  private static func order(_ number: String) -> (Int, String) { (number.utf8.count, number) }

  // MARK: Ids

  private func checkIdentities() -> [PortableFinding] {
    let wrongConfigurations = configurations.keys.sorted().compactMap { id in
      configurations[id].flatMap { identity(of: $0, id, ["pantry", "configs", id], "configuration") }
    }
    let wrongIngredients = ingredients.keys.sorted().compactMap { id in
      ingredients[id].flatMap { identity(of: $0.raw, id, ["pantry", "ingredients", id], "ingredient") }
    }
    return wrongConfigurations + wrongIngredients
  }

  private func identity(
    of value: PortableValue, _ id: String, _ path: PortablePath, _ what: String
  ) -> PortableFinding? {
    guard let identity = value.identity else {
      let why = "the \(what) has no canonical form: a map's keys are of several kinds"
      return PortableFinding(kind: .wrongIdentity, path: path, message: why)
    }
    guard identity.hex != id else { return nil }
    return PortableFinding(
      kind: .wrongIdentity, path: path, message: "the \(what)'s content has the SHA-256 \(identity.hex), not its id")
  }

  // MARK: References

  private func checkReferences() -> [PortableFinding] {
    var findings: [PortableFinding] = []
    for id in ingredients.keys.sorted() {
      guard let configuration = ingredients[id]?.configurationID, configurations[configuration] == nil else { continue }
      findings.append(
        missing(["pantry", "ingredients", id, "refers_to", "_config_hash"], "configuration", configuration))
    }
    if nodes[root] == nil { findings.append(missing(["portable", "root"], "node", root)) }
    return findings
  }

  private func missing(_ path: PortablePath, _ what: String, _ name: String) -> PortableFinding {
    PortableFinding(kind: .missing, path: path, message: "the recipe holds no \(what) '\(name)'")
  }

  // MARK: The tree's shape

  private func checkShape() -> [PortableFinding] {
    var parents: [String: Int] = [:]
    for node in nodesInOrder {
      for child in node.children.flatMap(\.nodes) { parents[child, default: 0] += 1 }
    }
    let inCycles = nodesInCycles()
    return nodesInOrder.compactMap { node in
      let count = parents[node.number, default: 0]
      let (kind, message): (PortableFinding.Kind, String)
      if inCycles.contains(node.number) {
        (kind, message) = (.cycle, "the node lies within itself")
      } else if node.number == root, count > 0 {
        (kind, message) = (.placement, "the root lies in another node")
      } else if count > 1 {
        (kind, message) = (.placement, "the node lies in \(count) places")
      } else if node.number != root, count == 0 {
        (kind, message) = (.placement, "the node lies in no other and is not the root")
      } else {
        return nil
      }
      return PortableFinding(kind: kind, path: ["portable", node.number], message: message)
    } + depthFinding()
  }

  private func depthFinding() -> [PortableFinding] {
    var level = [root]
    var seen: Set<String> = [root]
    for _ in 0...Self.maximumDepth {
      level = level.flatMap { nodes[$0]?.children.flatMap(\.nodes) ?? [] }.filter { seen.insert($0).inserted }
    }
    guard let node = level.first else { return [] }
    let message = "the node lies more than \(Self.maximumDepth) levels deep and is left out of the tree"
    return [PortableFinding(kind: .placement, path: ["portable", node], message: message)]
  }

  /// The nodes that can't be put in an order in which each comes before those that it holds.
  ///
  /// What is left after peeling off, again and again, the nodes that hold none and those that none holds
  /// (Kahn's algorithm from both ends) lies in a cycle or between two.
  private func nodesInCycles() -> Set<String> {
    let down = nodes.mapValues { $0.children.flatMap(\.nodes).filter { nodes[$0] != nil } }
    var up = nodes.mapValues { _ in [String]() }
    for (parent, children) in down { for child in children { up[child, default: []].append(parent) } }
    return Self.peel(Set(nodes.keys), along: down, against: up)
      .intersection(Self.peel(Set(nodes.keys), along: up, against: down))
  }

  private static func peel(
    _ all: Set<String>, along edges: [String: [String]], against reverse: [String: [String]]
  ) -> Set<String> {
    var rest = all
    var waiting = reverse.mapValues(\.count)
    var free = all.filter { waiting[$0, default: 0] == 0 }.sorted()
    while let node = free.popLast() {
      rest.remove(node)
      for next in edges[node] ?? [] {
        waiting[next, default: 0] -= 1
        if waiting[next] == 0 { free.append(next) }
      }
    }
    return rest
  }

  // MARK: One node

  private func check(_ node: PortableNode) -> [PortableFinding] {
    let path: PortablePath = ["portable", node.number]
    guard let ingredient = ingredients[node.ingredientID] else {
      let place = path.appending("ingredient_uuid")
      return [missing(place, "ingredient", node.ingredientID)] + node.children.flatMap { checkNodes($0, path) }
    }
    let children = node.children.flatMap { checkNodes($0, path) + checkFit($0, ingredient, path) }
    let values = node.values.keys.sorted().compactMap { slot in
      node.values[slot].flatMap { checkValue($0, slot, ingredient, path) }
    }
    return children + values
  }

  private func checkNodes(_ children: PortableNode.Children, _ path: PortablePath) -> [PortableFinding] {
    let place = path.appending("config_slots").appending(children.slot)
    return children.nodes.enumerated().compactMap { index, number in
      nodes[number] == nil ? missing(place.appending(index), "node", number) : nil
    }
  }

  private func checkFit(
    _ children: PortableNode.Children, _ ingredient: PortableIngredient, _ path: PortablePath
  ) -> [PortableFinding] {
    let place = path.appending("config_slots").appending(children.slot)
    guard let slot = ingredient.slot(children.slot), slot.kind.holdsIngredients else {
      let message = "'\(ingredient.name)' has no slot '\(children.slot)' for ingredients"
      return [PortableFinding(kind: .missing, path: place, message: message)]
    }
    var findings: [PortableFinding] = []
    if slot.kind == .ingredient, children.nodes.count > 1 {
      let message = "the slot holds \(children.nodes.count) ingredients; it has room for one"
      findings.append(PortableFinding(kind: .unfit, path: place, message: message))
    }
    for (index, number) in children.nodes.enumerated() {
      guard let child = nodes[number].flatMap({ ingredients[$0.ingredientID] }) else { continue }
      guard !slot.accepts(category: child.category) else { continue }
      let wanted = slot.categories.joined(separator: " or ")
      let message = "'\(child.name)' is \(child.category); the slot takes \(wanted)"
      findings.append(PortableFinding(kind: .unfit, path: place.appending(index), message: message))
    }
    return findings
  }

  private func checkValue(
    _ value: PortableValue, _ name: String, _ ingredient: PortableIngredient, _ path: PortablePath
  ) -> PortableFinding? {
    let place = path.appending("value_slots").appending(name)
    guard let slot = ingredient.slot(name) else {
      return PortableFinding(kind: .missing, path: place, message: "'\(ingredient.name)' has no slot '\(name)'")
    }
    return slot.objection(to: value).map {
      PortableFinding(kind: .unfit, path: place.appending("actual"), message: $0)
    }
  }
}
