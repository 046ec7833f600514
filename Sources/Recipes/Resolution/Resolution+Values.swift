// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Taking values from where `${path}` points.
extension Resolution {
  /// What became of a value that others may need.
  private enum State {
    case open, running
    case done(ConfigurationValue?)
  }

  mutating func resolveInterpolations() {
    let waiting = entries.indices.filter { entries[$0].interpolation != nil }
    guard !waiting.isEmpty else { return }
    var states: [Int: State] = [:]
    for position in waiting { _ = value(of: position, &states, chain: []) }
  }

  /// The value at a place, which is computed first if it is taken from elsewhere.
  private mutating func value(
    of position: Int, _ states: inout [Int: State], chain: [Int]
  ) -> ConfigurationValue? {
    guard let text = entries[position].interpolation else { return entries[position].value }
    switch states[position] ?? .open {
    case .done(let value): return value
    case .running:
      let circle = (chain.drop { $0 != position } + [position]).map { entries[$0].path }.joined(separator: " → ")
      refuse(
        entries[position].position ?? root.position, entries[position].path,
        "the value is taken from itself: \(circle)", "Give one of them a value.")
      return nil
    case .open: break
    }
    states[position] = .running
    let value = assemble(text, at: position, &states, chain: chain + [position])
    states[position] = .done(nil)
    guard let value else { return nil }
    let said = entries[position].origin.isSaid ? entries[position].position.map(\.description) : nil
    entries[position].origin = .takenFrom(text, place: said)
    accept(value, at: position)
    states[position] = .done(entries[position].value)
    return entries[position].value
  }

  private mutating func assemble(
    _ text: String, at position: Int, _ states: inout [Int: State], chain: [Int]
  ) -> ConfigurationValue? {
    guard let interpolation = Interpolation(text) else {
      refuse(
        entries[position].position ?? root.position, entries[position].path, "'\(text)' has a '${' without a path",
        "Write ${path}, or $${ for the characters themselves.")
      return nil
    }
    var parts: [ConfigurationValue] = []
    for piece in interpolation.pieces {
      switch piece {
      case .text(let plain): parts.append(.string(plain))
      case .path(let path):
        guard let value = self.value(at: path, for: position, &states, chain: chain) else { return nil }
        parts.append(value)
      }
    }
    // A path alone keeps the kind of what it points to.
    return parts.count == 1 ? parts.first : .string(parts.map(\.description).joined())
  }

  private mutating func value(
    at path: String, for position: Int, _ states: inout [Int: State], chain: [Int]
  ) -> ConfigurationValue? {
    let name = absolute(path, from: position)
    let targets = find(name)
    guard let first = targets.first else {
      refuse(
        entries[position].position ?? root.position, entries[position].path,
        "'${\(path)}' leads nowhere\(guess(name, among: positions.keys))", "galley recipe show lists all paths.")
      return nil
    }
    let value = self.value(of: first, &states, chain: chain)
    for other in targets.dropFirst() where self.value(of: other, &states, chain: chain) != value {
      refuse(
        entries[position].position ?? root.position, entries[position].path,
        "'${\(path)}' is \(value?.description ?? "nothing") at \(entries[first].path) and "
          + "\(entries[other].value?.description ?? "nothing") at \(entries[other].path)", "Name one of the two paths.")
      return nil
    }
    return value
  }
}
