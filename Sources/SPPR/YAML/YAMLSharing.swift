// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Which places of a document are written as anchors and aliases.
struct YAMLSharing {
  /// What to write at a place.
  enum Role { case none, anchor(String), alias(String) }

  /// A place at which or below which something is shared.
  struct Place {
    /// The places with the same number hold one and the same list or map.
    fileprivate(set) var group: Int?
    private var parts: [PortablePath.Step: Place] = [:]

    /// The place one step further; `nil` if nothing is shared there.
    subscript(step: PortablePath.Step) -> Place? { parts.isEmpty ? nil : parts[step] }

    fileprivate mutating func insert(_ steps: ArraySlice<PortablePath.Step>, _ group: Int) {
      guard let step = steps.first else { return self.group = group }
      parts[step, default: Place()].insert(steps.dropFirst(), group)
    }

    fileprivate subscript(path: PortablePath) -> Place? {
      path.steps.reduce(Optional(self)) { $0?[$1] }
    }
  }

  /// The whole document; `nil` if nothing in it is shared.
  let root: Place?

  /// Where each group stood first; what lies inside it is known by this place.
  private let firsts: [Place?]
  private var names: [Int: String] = [:]
  private var written: Set<Int> = []

  init(_ document: PortableDocument) {
    guard !document.shared.isEmpty else {
      (root, firsts) = (nil, [])
      return
    }
    var root = Place()
    for (group, paths) in document.shared.enumerated() { for path in paths { root.insert(path.steps[...], group) } }
    self.root = root
    firsts = document.shared.map { paths in paths.first.flatMap { root[$0] } }
    var seen: Set<Int> = []
    name(document.root, at: root, &seen)
  }

  /// The place at which what lies at `place` stood first.
  func first(_ place: Place?) -> Place? { place?.group.flatMap { firsts[$0] } ?? place }

  /// Anchors are numbered in the order in which values are met a second time.
  private mutating func name(_ value: PortableValue, at found: Place?, _ seen: inout Set<Int>) {
    guard let place = first(found) else { return }
    if let group = place.group, !seen.insert(group).inserted {
      if names[group] == nil {
        let number = String(names.count + 1)
        names[group] = "id" + String(repeating: "0", count: max(0, 3 - number.utf8.count)) + number
      }
      return
    }
    switch value {
    case .list(let items):
      for (index, item) in items.enumerated() { name(item, at: place[.index(index)], &seen) }
    case .map(let map):
      for entry in map.inWritingOrder { name(entry.value, at: place[.key(entry.key)], &seen) }
    default: break
    }
  }

  mutating func role(of place: Place?) -> Role {
    guard let group = place?.group, let name = names[group] else { return .none }
    return written.insert(group).inserted ? .anchor(name) : .alias(name)
  }
}
