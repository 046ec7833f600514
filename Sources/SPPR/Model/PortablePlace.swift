// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Where a node lies in the recipe's tree: the slots on the way from the root.
public struct PortablePlace: Sendable, Hashable, CustomStringConvertible {
  /// One slot on the way, with the name that the user gave the node in it.
  public struct Step: Sendable, Hashable {
    /// The slot's path in its ingredient.
    public let slot: String
    /// The given name, such as `name:telemetry`, where a slot holds several nodes.
    public let givenName: String?
  }

  /// The steps from the root on; none for the root itself.
  public let steps: [Step]

  func appending(_ slot: String, _ givenName: String?) -> PortablePlace {
    PortablePlace(steps: steps + [Step(slot: slot, givenName: givenName)])
  }

  func lies(in slot: String, of parent: PortablePlace) -> Bool {
    steps.last?.slot == slot && steps.dropLast() == parent.steps[...]
  }

  /// The slots with slashes between them: `model/module.optimizer`, `callbacks[name:telemetry]`; `root` for the root.
  public var description: String {
    if steps.isEmpty { return "root" }
    return steps.map { step in step.slot + (step.givenName.map { "[\($0)]" } ?? "") }.joined(separator: "/")
  }
}

extension PortableRecipe {
  /// How deep the tree of nodes may be.
  static let maximumDepth = 64

  /// A node with its place in the tree.
  public struct Placement: Sendable, Hashable {
    /// Where the node lies.
    public let place: PortablePlace
    /// The node.
    public let node: PortableNode
    /// What it uses.
    public let ingredient: PortableIngredient
  }

  /// The nodes that can be reached from the root, each once and before those that it holds.
  ///
  /// What is missing, lies within itself or lies deeper than 64 levels is left out; `check()` names it.
  public var placements: [Placement] {
    var placements: [Placement] = []
    var seen: Set<String> = []
    visit(root, at: PortablePlace(steps: []), &seen) { placements.append($0) }
    return placements
  }

  private func visit(
    _ number: String, at place: PortablePlace, _ seen: inout Set<String>, _ body: (Placement) -> Void
  ) {
    guard place.steps.count <= Self.maximumDepth, let node = nodes[number], seen.insert(number).inserted,
      let ingredient = ingredients[node.ingredientID]
    else { return }
    body(Placement(place: place, node: node, ingredient: ingredient))
    for children in node.children {
      for child in children.nodes {
        visit(child, at: place.appending(children.slot, nodes[child]?.givenName), &seen, body)
      }
    }
  }
}
