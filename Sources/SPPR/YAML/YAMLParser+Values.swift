// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension YAMLParser {
  /// Makes a value of a scalar's text, by its tag or by its look.
  mutating func scalar(_ text: String, isPlain: Bool, _ properties: YAMLProperties) throws(YAMLProblem) -> YAMLNode {
    try begin(properties)
    let kind = YAMLScalar.kind(of: text)
    var node = YAMLNode.scalar(.text(text), characters: text.unicodeScalars.count)
    node.source = (text, isPlain)
    switch properties.tag {
    case nil where !isPlain, "!!str": break
    case nil, "!":
      node.isMerge = kind == .merge
      node.value = try implicit(text, kind)
    case .some(let tag): node.value = try tagged(text, kind, tag)
    }
    return try finish(node, properties)
  }

  private func implicit(_ text: String, _ kind: YAMLScalar.Kind) throws(YAMLProblem) -> PortableValue {
    switch kind {
    case .null: .null
    case .bool: .bool(YAMLScalar.truth[text] ?? false)
    case .integer: try integer(text)
    case .float: try float(text)
    // PyYAML knows no value for the first two, except as keys; as text they do no harm.
    case .merge, .value, .timestamp, .text: .text(text)
    }
  }

  private func integer(_ text: String) throws(YAMLProblem) -> PortableValue {
    guard let integer = YAMLScalar.integer(text) else {
      throw problem("the int '\(text.prefix(40))' has no digits or more than \(PythonInteger.maximumDigits)")
    }
    return .integer(integer)
  }

  private func float(_ text: String) throws(YAMLProblem) -> PortableValue {
    guard let number = YAMLScalar.float(text) else { throw problem("'\(text.prefix(40))' is no float") }
    return .float(number)
  }

  private func tagged(_ text: String, _ kind: YAMLScalar.Kind, _ tag: String) throws(YAMLProblem) -> PortableValue {
    switch (tag, kind) {
    case ("!!null", _): return .null
    case ("!!bool", .bool): return .bool(YAMLScalar.truth[text] ?? false)
    case ("!!int", .integer): return try integer(text)
    case ("!!float", .float): return try float(text)
    case ("!!float", .integer): if let number = Double(text) { return .float(number) }
    default: break
    }
    let known = ["!!bool", "!!int", "!!float"].contains(tag)
    throw problem(
      known ? "'\(text.prefix(40))' does not fit its tag \(tag)" : "no value is known for the tag '\(tag.prefix(80))'")
  }

  /// Checks that a list's or a map's tag, if it has one, says no more than what it is.
  func check(_ properties: YAMLProperties, isList: Bool) throws(YAMLProblem) {
    guard let tag = properties.tag, tag != "!", tag != (isList ? "!!seq" : "!!map") else { return }
    throw problem("no \(isList ? "list" : "map") is known for the tag '\(tag.prefix(80))'")
  }

  /// Adds an entry to a map.
  /// - Throws: if the key is a list or a map, or occurs twice, or what is merged in is no map.
  mutating func add(_ key: YAMLNode, _ value: YAMLNode, to map: inout YAMLMapBuilder) throws(YAMLProblem) {
    guard let why = map.add(key, value) else { return }
    if let mark = key.mark { cursor = mark }
    throw problem(why)
  }
}

/// The entries of a map that is being read.
struct YAMLMapBuilder {
  private var entries: [PortableMap.Entry] = []
  private var keys: Set<PortableValue> = []
  private var merged: [PortableMap.Entry] = []
  private var size = YAMLParser.Size(values: 1, characters: 0)

  var isEmpty: Bool { entries.isEmpty && merged.isEmpty }

  /// Adds an entry; gives the reason if it can't be added.
  mutating func add(_ key: YAMLNode, _ value: YAMLNode) -> String? {
    size.add(key.size)
    size.add(value.size)
    if key.isMerge { return merge(value.value) }
    guard key.isScalar else { return "a list or a map can't be a key" }
    let name = "'\(PythonText.describe(key.value).prefix(80))'"
    guard keys.insert(Self.comparable(key.value)).inserted else { return "the key \(name) occurs twice" }
    entries.append(.init(key: key.value, value: value.value))
    return nil
  }

  /// Python takes `1`, `1.0` and `True` for one key.
  private static func comparable(_ key: PortableValue) -> PortableValue {
    switch key {
    case .bool(let bool): .integer(PythonInteger(bool ? 1 : 0))
    case .float(let number): Int(exactly: number).map { .integer(PythonInteger($0)) } ?? key
    default: key
    }
  }

  private mutating func merge(_ value: PortableValue) -> String? {
    switch value {
    case .map(let map): merged += map.entries
    case .list(let maps):
      // The first map of a list wins, and the last entry does below.
      for map in maps.reversed() {
        guard let map = map.map else { return "'<<' merges maps, not \(map.kind)" }
        merged += map.entries
      }
    default: return "'<<' merges maps, not \(value.kind)"
    }
    return nil
  }

  /// The map with what is merged in before its own entries, which win.
  var node: YAMLNode {
    var map = PortableMap()
    if merged.isEmpty {
      for entry in entries { map.append(entry.key, entry.value) }
    } else {
      var order: [PortableValue] = []
      var values: [PortableValue: PortableValue] = [:]
      for entry in merged + entries where values.updateValue(entry.value, forKey: entry.key) == nil {
        order.append(entry.key)
      }
      for key in order { map.append(key, values[key] ?? .null) }
    }
    return YAMLNode(value: .map(map), size: size, isScalar: false)
  }
}
