// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Reads parts of a document and notes which have another form than expected.
struct PortableReader {
  private(set) var findings: [PortableFinding] = []

  mutating func note(_ expected: String, _ value: PortableValue, _ path: PortablePath) {
    findings.append(
      PortableFinding(kind: .malformed, path: path, message: "\(expected) is expected here, not \(value.kind)"))
  }

  mutating func text(_ owner: PortableValue, _ key: String, _ path: PortablePath) -> String? {
    guard let value = owner[key], !value.isNull else { return nil }
    if value.text == nil { note("text", value, path.appending(key)) }
    return value.text
  }

  mutating func number(_ owner: PortableValue, _ key: String, _ path: PortablePath) -> Double? {
    guard let value = owner[key], !value.isNull else { return nil }
    if value.number == nil { note("a number", value, path.appending(key)) }
    return value.number
  }

  mutating func bool(_ owner: PortableValue, _ key: String, _ path: PortablePath) -> Bool? {
    guard let value = owner[key], !value.isNull else { return nil }
    if value.bool == nil { note("a bool", value, path.appending(key)) }
    return value.bool
  }

  mutating func list(_ owner: PortableValue, _ key: String, _ path: PortablePath) -> [PortableValue] {
    guard let value = owner[key], !value.isNull else { return [] }
    if value.list == nil { note("a list", value, path.appending(key)) }
    return value.list ?? []
  }

  mutating func texts(_ owner: PortableValue, _ key: String, _ path: PortablePath) -> [String] {
    owner[key].map { texts($0, path.appending(key)) } ?? []
  }

  /// The texts of a list; null counts as an empty one.
  mutating func texts(_ value: PortableValue, _ path: PortablePath) -> [String] {
    if value.isNull { return [] }
    guard let list = value.list else {
      note("a list", value, path)
      return []
    }
    return list.enumerated().compactMap { index, item in
      if item.text == nil { note("text", item, path.appending(index)) }
      return item.text
    }
  }

  /// The entries of a map under keys of text, sorted by the keys' code points.
  mutating func entries(_ value: PortableValue?, _ path: PortablePath) -> [(name: String, value: PortableValue)] {
    guard let value, !value.isNull else { return [] }
    guard let map = value.map else {
      note("a map", value, path)
      return []
    }
    return map.inWritingOrder.compactMap { entry in
      if entry.key.text == nil { note("a key of text", entry.key, path) }
      return entry.key.text.map { ($0, entry.value) }
    }
  }
}
