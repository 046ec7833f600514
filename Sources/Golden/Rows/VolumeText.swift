// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

/// JSON as a volume keeps it: sorted keys, so that equal values give equal bytes.
enum VolumeText {
  static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func decode<Value: Decodable>(_ text: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(text.utf8))
  }
}
