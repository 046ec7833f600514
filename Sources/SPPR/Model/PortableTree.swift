// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A recipe's node with what its slots hold: a view for printers.
public struct PortableTree: Sendable, Hashable {
  /// A slot that holds ingredients, with those that it holds.
  public struct Branch: Sendable, Hashable {
    /// The slot.
    public let slot: PortableSlot
    /// What it holds; empty if it is not filled.
    public let children: [PortableTree]
    /// The numbers of nodes that are not shown: missing, shown elsewhere, or too deep.
    public let hidden: [String]

    /// The slot's synonyms with bars between them, or its path.
    public var label: String { PortableTree.label(slot) }
  }

  /// Where the node lies.
  public let place: PortablePlace
  /// The node's number.
  public let node: String
  /// The name that the user gave it, such as `name:telemetry`.
  public let givenName: String?
  /// The ingredient's name.
  public let name: String
  /// The ingredient's id.
  public let ingredientID: String
  /// The ingredient's place in the taxonomy.
  public let category: String
  /// The ingredient's version.
  public let version: String
  /// What its slots for values hold, by the slots' paths.
  public let settings: [PortableSetting]
  /// Its slots for ingredients, by their paths.
  public let branches: [Branch]

  fileprivate static func label(_ slot: PortableSlot) -> String {
    slot.synonyms.isEmpty ? slot.path : slot.synonyms.joined(separator: " | ")
  }
}

extension PortableRecipe {
  /// The tree from the root on; `nil` if the root is missing.
  public var tree: PortableTree? {
    let placements = placements
    let byNumber = Dictionary(placements.map { ($0.node.number, $0) }, uniquingKeysWith: { first, _ in first })
    return placements.first.map { tree($0, byNumber) }
  }

  private func tree(_ placement: Placement, _ all: [String: Placement]) -> PortableTree {
    let nodes = Dictionary(placement.node.children.map { ($0.slot, $0.nodes) }, uniquingKeysWith: { first, _ in first })
    let branches = placement.ingredient.slots.filter(\.kind.holdsIngredients).map { slot in
      branch(slot, nodes[slot.path] ?? [], of: placement, all)
    }
    return PortableTree(
      place: placement.place, node: placement.node.number, givenName: placement.node.givenName,
      name: placement.ingredient.name, ingredientID: placement.ingredient.id,
      category: placement.ingredient.category, version: placement.ingredient.version,
      settings: settings(of: placement), branches: branches)
  }

  /// A node that lies in several places is shown in the first.
  private func branch(
    _ slot: PortableSlot, _ numbers: [String], of parent: Placement, _ all: [String: Placement]
  ) -> PortableTree.Branch {
    var children: [PortableTree] = []
    var hidden: [String] = []
    var shown: Set<String> = []
    for number in numbers {
      if let child = all[number], child.place.lies(in: slot.path, of: parent.place), shown.insert(number).inserted {
        children.append(tree(child, all))
      } else {
        hidden.append(number)
      }
    }
    return PortableTree.Branch(slot: slot, children: children, hidden: hidden)
  }
}

extension PortableTree: CustomStringConvertible {
  /// The tree as LEIP prints it: synonyms, values as Python prints them, slots; `???` where a value is missing.
  public var description: String {
    var lines = ["\(name) (id:\(shortID), version:\(version))"]
    write(to: &lines, indent: 2)
    return lines.joined(separator: "\n") + "\n"
  }

  private var shortID: String { String(ingredientID.prefix(6)) }

  private func write(to lines: inout [String], indent: Int) {
    let margin = String(repeating: " ", count: indent)
    lines += rows.map { margin + $0 }
    for branch in branches {
      if branch.children.isEmpty, branch.hidden.isEmpty {
        lines.append("\(margin)\(branch.label): [no ingredient] (slot:\(branch.slot.path))")
      }
      for child in branch.children {
        lines.append(margin + child.title(in: branch))
        child.write(to: &lines, indent: indent + 2)
      }
      for number in branch.hidden {
        lines.append("\(margin)\(branch.label): [node \(number) is not shown] (slot:\(branch.slot.path))")
      }
    }
  }

  /// LEIP names the category where a slot holds several ingredients, which then have given names.
  private func title(in branch: Branch) -> String {
    let given = givenName.map { " [\($0)]" } ?? ""
    let taxonomy = givenName == nil ? "" : " cat:\(category),"
    return "\(branch.label)\(given): \(name) (slot:\(branch.slot.path), id:\(shortID),\(taxonomy) version:\(version))"
  }

  /// The settings, longest label first, in three columns.
  private var rows: [String] {
    let cells = settings.map { (label: Self.label($0.slot), value: Self.shown($0.value), slot: $0.slot.path) }
      .sorted { ($1.label.count, $0.label, $0.slot) < ($0.label.count, $1.label, $1.slot) }
    let labels = min(cells.map(\.label.count).max() ?? 0, Self.widest)
    let values = min(cells.map(\.value.count).max() ?? 0, Self.widest)
    return cells.map { cell in
      let left = Self.spaces(labels - cell.label.count) + cell.label
      let middle = cell.value + Self.spaces(values - cell.value.count)
      return "\(left)  =  \(middle)  (slot:\(cell.slot))"
    }
  }

  /// The widest column; one longer cell does not widen every row.
  private static let widest = 1000

  private static func spaces(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }

  private static func shown(_ value: PortableValue?) -> String {
    guard let value else { return "???" }
    let text = PythonText.describe(value)
    // A line break would tear the table.
    return text.unicodeScalars.contains { $0.value < 32 } ? PythonText.repr(value) : text
  }
}
