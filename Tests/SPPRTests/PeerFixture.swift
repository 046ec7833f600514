// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import SPPR
import Testing

/// What Python's json module and PyYAML read and write; see Fixtures/ORIGIN.md.
struct PeerFixture: Decodable {
  struct Document: Decodable {
    var value: Tagged
    var yaml: String
    var json: String?
  }
  /// A text, and what PyYAML makes of it unless it refuses.
  struct Reading: Decodable {
    var text: String
    var value: Tagged?
    var yaml: String?
  }
  struct Change: Decodable {
    var name: String
    var value: Tagged
    var digest: String
  }

  var documents: [Document]
  var dumps: [Reading]
  var scalars: [Reading]
  var readings: [Reading]
  var floats: [[String]]
  var changes: [Change]

  static let shared = Result {
    try JSONDecoder().decode(PeerFixture.self, from: Fixtures.data("pyyaml.json"))
  }
}

/// A value with its type beside it.
struct Tagged: Decodable {
  var value: PortableValue

  init(from decoder: any Decoder) throws {
    var parts = try decoder.unkeyedContainer()
    let kind = try parts.decode(String.self)
    switch kind {
    case "bool": value = .bool(try parts.decode(Bool.self))
    case "int": value = .integer(try #require(PythonInteger(parts.decode(String.self))))
    case "float": value = .float(try Self.float(parts.decode(String.self)))
    case "text": value = .text(try parts.decode(String.self))
    case "list": value = .list(try parts.decode([Tagged].self).map(\.value))
    case "map":
      var map = PortableMap()
      for entry in try parts.decode([[Tagged]].self) { map.set(entry[0].value, entry[1].value) }
      value = .map(map)
    default: value = .null
    }
  }

  static func float(_ bits: String) throws -> Double {
    Double(bitPattern: try #require(UInt64(bits, radix: 16)))
  }
}

enum Fixtures {
  static func data(_ name: String, in file: String = #filePath) throws -> Data {
    try Data(contentsOf: URL(filePath: file).deletingLastPathComponent().appending(path: "Fixtures/\(name)"))
  }

  static func recipe(_ name: String = "detection-recipe.sppr") throws -> PortableRecipe {
    try PortableRecipe(serialized: data(name), name: name)
  }
}

extension PortableValue {
  /// The value with every NaN the same, as the bits of a NaN say nothing.
  var withPlainNaN: PortableValue {
    switch self {
    case .float(let number): number.isNaN ? .float(.nan) : self
    case .list(let list): .list(list.map(\.withPlainNaN))
    case .map(let map):
      .map(map.entries.reduce(into: PortableMap()) { $0.set($1.key.withPlainNaN, $1.value.withPlainNaN) })
    default: self
    }
  }
}
