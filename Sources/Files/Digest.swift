// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials

internal import Crypto

/// The SHA-256 of some bytes: the name of an artifact, whoever holds it.
public struct Digest: Sendable, Hashable, Codable, Comparable, CustomStringConvertible {
  /// 64 lower-case hexadecimal digits.
  public let hex: String

  /// Reads 64 hexadecimal digits; `nil` if the text is anything else.
  public init?(hex: String) {
    guard hex.utf8.count == 64 else { return nil }
    // Most come from Galley itself, in lower case.
    let text = Self.isHexadecimal(hex) ? hex : hex.lowercased()
    guard text.utf8.count == 64, Self.isHexadecimal(text) else { return nil }
    self.hex = text
  }

  /// The digest of `data`.
  public init(of data: Data) {
    self.init(SHA256.hash(data: data))
  }

  /// The digest of a text's UTF-8 bytes.
  public init(of text: String) {
    self.init(of: Data(text.utf8))
  }

  /// The digest of a file's bytes, read in pieces.
  /// - Throws: `FileError` if the file can't be read.
  public init(ofFileAt path: String) throws(FileError) {
    var hash = SHA256()
    try ReadableFile.read(path, pieceLength: 1 << 18) { hash.update(bufferPointer: $0) }
    self.init(hash.finalize())
  }

  /// Takes the 32 bytes; `nil` if there are more or fewer.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    hex = hexadecimalDigits(of: bytes)
  }

  /// The 32 bytes.
  public var bytes: [UInt8] {
    var (bytes, high): ([UInt8], UInt8?) = ([], nil)
    bytes.reserveCapacity(32)
    for digit in hex.utf8 {
      let value = digit < UInt8(ascii: "a") ? digit &- UInt8(ascii: "0") : digit &- UInt8(ascii: "a") &+ 10
      if let first = high { bytes.append(first << 4 | value) }
      high = high == nil ? value : nil
    }
    return bytes
  }

  /// The first twelve digits, for people.
  public var short: String { String(hex.prefix(12)) }

  public var description: String { hex }

  public static func < (left: Digest, right: Digest) -> Bool { left.hex < right.hex }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let digest = Digest(hex: text) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "'\(text)' is not a SHA-256")
    }
    self = digest
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(hex)
  }

  init(_ hash: SHA256Digest) { hex = hexadecimalDigits(of: hash) }

  /// Whether all bytes are digits or letters from `a` to `f`.
  private static func isHexadecimal(_ text: String) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      bytes.allSatisfy { $0 &- UInt8(ascii: "0") < 10 || $0 &- UInt8(ascii: "a") < 6 }
    }
  }
}
