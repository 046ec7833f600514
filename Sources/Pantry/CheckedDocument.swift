// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials

/// A JSON object that carries the SHA-256 of its own other members, so that a flipped byte is found.
///
/// The check is the object's first member: `{"check":"…","name":…}`. It covers the bytes of the object without it, so
/// members that a later version adds are covered too, and any JSON reader still reads the file.
enum CheckedDocument {
  private static let head = Data(#"{"check":""#.utf8)
  private static let tail = Data(#"","#.utf8)
  private static let sealLength = 10 + 64 + 2

  /// Adds the check to an object; other JSON, and an empty object, stays as it is.
  static func seal(_ json: Data) -> Data {
    guard json.first == UInt8(ascii: "{"), json.count > 2 else { return json }
    return head + Data(Digest(of: json).hex.utf8) + tail + json.dropFirst()
  }

  /// The object as it was before it was sealed, or a document that never was; `nil` if the bytes were changed since.
  static func open(_ bytes: Data) -> Data? {
    let bytes = Data(bytes)
    guard bytes.count >= sealLength else { return bytes.starts(with: head) ? nil : bytes }
    let text = String(decoding: bytes[10..<74], as: UTF8.self)
    // Lower case only: the case is one bit of a byte.
    let hex = Digest(hex: text).flatMap { $0.hex == text ? $0 : nil }
    // One flipped byte can spoil the member's name or its value, not both, so what was sealed is always recognized.
    guard hex != nil || bytes.starts(with: head) else { return bytes }
    let json = Data("{".utf8) + bytes[sealLength...]
    guard let hex, bytes.starts(with: head), bytes[74..<76] == tail, Digest(of: json) == hex else { return nil }
    return json
  }

  static func isJSON(_ bytes: Data) -> Bool { (try? JSONDecoder().decode(Anything.self, from: bytes)) != nil }

  private struct Anything: Decodable { init(from decoder: any Decoder) {} }

  static func encode(_ document: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return seal(try encoder.encode(document))
  }

  /// Reads a document; `nil` if it is missing, was changed, or is something else.
  static func decode<Document: Decodable>(_ type: Document.Type, at path: String) -> Document? {
    guard let bytes = try? Data(contentsOf: URL(filePath: path)) else { return nil }
    return decode(type, from: bytes)
  }

  static func decode<Document: Decodable>(_ type: Document.Type, from bytes: Data) -> Document? {
    open(bytes).flatMap { try? JSONDecoder().decode(type, from: $0) }
  }
}
