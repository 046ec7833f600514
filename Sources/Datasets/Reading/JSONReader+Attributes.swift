// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import JSONStream

extension JSONReader {
  /// Reads any value.
  mutating func value() throws -> ConfigurationValue {
    switch kind() {
    case .string: return .string(try string())
    case .bool: return .bool(try bool())
    case .number:
      let number = try double()
      return Int(exactly: number).map { .int($0) } ?? .float(number)
    case .array:
      var list: [ConfigurationValue] = []
      try array { list.append(try $0.value()) }
      return .list(list)
    case .object: return .map(try attributes())
    default:
      try skip()
      return .null
    }
  }

  /// Reads an object of any values.
  mutating func attributes() throws -> [String: ConfigurationValue] {
    var values: [String: ConfigurationValue] = [:]
    try object { json, key in
      let name = try json.string(key)
      values[name] = try json.value()
    }
    return values
  }
}
