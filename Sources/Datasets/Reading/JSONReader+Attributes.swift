// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Galley
package import JSONStream

extension JSONReader {
  /// Reads any value; a whole number stays exact however large it is, as far as `Int` reaches.
  package mutating func value() throws -> ConfigurationValue {
    switch kind() {
    case .string: return .string(try string())
    case .bool: return .bool(try bool())
    case .number:
      var before = self
      let number = try double()
      guard number.isFinite else { throw before.problem("the number is too large") }
      // From 2⁵³ on neighbouring whole numbers are one `Double`.
      if number.magnitude >= 0x1p53, number.magnitude < 0x1p63, let whole = try? before.int() { return .int(whole) }
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
  package mutating func attributes() throws -> [String: ConfigurationValue] {
    var values: [String: ConfigurationValue] = [:]
    try object { json, key in
      let name = try json.string(key)
      values[name] = try json.value()
    }
    return values
  }
}
