// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import enum Crypto.Curve25519
public import Files
public import FoundationEssentials
public import Galley

/// A public Ed25519 key (RFC 8032), in the forms that openssl writes (RFC 8410).
public struct VerifyingKey: Sendable, Hashable {
  /// SubjectPublicKeyInfo up to the key: SEQUENCE { SEQUENCE { OID 1.3.101.112 }, BIT STRING of 32 bytes }.
  private static let prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]

  /// The key itself: 32 bytes.
  public let rawBytes: Data

  /// A key of 32 bytes; `nil` if there are not so many, or the point can't be a key (RFC 7748, section 7: it has a small
  /// order, so that signatures could be made without the private key).
  public init?(rawBytes: Data) {
    guard rawBytes.count == 32, !SmallOrder.contains(rawBytes) else { return nil }
    self.rawBytes = Data(rawBytes)
  }

  /// Reads SubjectPublicKeyInfo in DER; `nil` if it is no Ed25519 key in exactly this form.
  public init?(der: Data) {
    guard der.count == Self.prefix.count + 32, der.starts(with: Self.prefix) else { return nil }
    self.init(rawBytes: Data(der.suffix(32)))
  }

  /// Reads PEM ("PUBLIC KEY") or DER.
  /// - Parameter place: where the bytes come from, for errors.
  /// - Throws: `GalleyError` that says what they are instead.
  public init(_ data: Data, at place: String) throws(GalleyError) {
    if let key = VerifyingKey(der: data) {
      self = key
      return
    }
    let failure = "can't read the public key"
    let remedy = "Give the file that 'openssl pkey -in KEY -pubout' or 'galley offline key new' writes."
    guard let block = try PEMBlock(data, failure: failure, at: place) else {
      throw GalleyError(
        .badData, failure, at: place, why: "it is neither PEM nor DER of an Ed25519 key", remedy: remedy)
    }
    guard block.label == "PUBLIC KEY" else {
      let isPrivate = block.label.hasSuffix("PRIVATE KEY")
      throw GalleyError(
        .badData, failure, at: place,
        why: isPrivate ? "it holds a private key" : "it holds '\(block.label)', not 'PUBLIC KEY'", remedy: remedy)
    }
    guard let key = VerifyingKey(der: block.bytes) else {
      throw GalleyError(.badData, failure, at: place, why: "the key is no Ed25519 key, or a weak one", remedy: remedy)
    }
    self = key
  }

  /// Reads a file.
  /// - Throws: `GalleyError` if it can't be read or holds no public key.
  public init(contentsOf path: String) throws(GalleyError) {
    try self.init(PEMBlock.contents(of: path, "can't read the public key"), at: path)
  }

  /// SubjectPublicKeyInfo in DER: 44 bytes.
  public var der: Data { Data(Self.prefix) + rawBytes }

  /// SubjectPublicKeyInfo in PEM.
  public var pem: String { PEMBlock(label: "PUBLIC KEY", bytes: der).text }

  /// The key's name: SHA-256 of ``der``.
  public var id: Digest { Digest(of: der) }

  /// Whether a signature is this key's, of exactly these bytes.
  public func isSignature(_ signature: Data, of data: Data) -> Bool {
    guard signature.count == 64, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: rawBytes) else {
      return false
    }
    return key.isValidSignature(signature, for: data)
  }

  /// Writes the key as PEM.
  /// - Throws: `GalleyError` if it can't be written.
  public func write(to path: String) throws(GalleyError) {
    try AtomicFile.write(to: path, or: "can't write the public key") { Data(pem.utf8) }
  }
}

/// The encodings of points whose order divides 8, the curve's cofactor, with those that aren't reduced.
private enum SmallOrder {
  static func contains(_ key: Data) -> Bool {
    var bytes = [UInt8](key)
    // The highest bit is the sign of x.
    bytes[31] &= 0x7F
    return points.contains(bytes)
  }

  private static let points: Set<[UInt8]> = {
    let prime: [UInt8] = [0xED] + [UInt8](repeating: 0xFF, count: 30) + [0x7F]
    func number(_ low: UInt8) -> [UInt8] { [low] + [UInt8](repeating: 0, count: 31) }
    let minusOne: [UInt8] = [0xEC] + prime.dropFirst()
    let plusOne: [UInt8] = [0xEE] + prime.dropFirst()
    // The two y of order 8: square roots that libsodium's and RFC 7748's lists have too.
    let first: [UInt8] = [
      0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF, 0x98, 0xF0, 0xD5, 0xDF, 0xAC,
      0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88, 0x6D, 0x53, 0xFC, 0x05,
    ]
    let second: [UInt8] = [
      0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10, 0x67, 0x0F, 0x2A, 0x20, 0x53,
      0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77, 0x92, 0xAC, 0x03, 0x7A,
    ]
    return [number(0), number(1), minusOne, prime, plusOne, first, second]
  }()
}
