// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import enum Crypto.Curve25519
internal import Files
public import FoundationEssentials
public import Galley
internal import Glibc

/// A private Ed25519 key, in the form that openssl writes (PKCS#8, RFC 8410).
public struct SigningKey: Sendable {
  /// PrivateKeyInfo up to the key: SEQUENCE { 0, SEQUENCE { OID 1.3.101.112 }, OCTET STRING of OCTET STRING of 32 bytes }.
  private static let prefix: [UInt8] = [
    0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
  ]
  private static let failure = "can't read the private key"

  private let seed: Data
  /// The public key that belongs to it.
  public let verifyingKey: VerifyingKey

  /// Makes a new key from the system's random numbers.
  public init() {
    while true {
      let key = Curve25519.Signing.PrivateKey()
      guard let verifyingKey = VerifyingKey(rawBytes: key.publicKey.rawRepresentation) else { continue }
      seed = key.rawRepresentation
      self.verifyingKey = verifyingKey
      return
    }
  }

  /// A key made from 32 bytes, for tests and for keys kept elsewhere; `nil` if there are not so many.
  public init?(seed: Data) {
    guard seed.count == 32, let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed),
      let verifyingKey = VerifyingKey(rawBytes: key.publicKey.rawRepresentation)
    else { return nil }
    self.seed = Data(seed)
    self.verifyingKey = verifyingKey
  }

  /// Reads PEM ("PRIVATE KEY") or DER.
  /// - Parameter place: where the bytes come from, for errors.
  /// - Throws: `GalleyError` that says what they are instead.
  public init(_ data: Data, at place: String) throws(GalleyError) {
    func refusal(_ why: String, _ remedy: String) -> GalleyError {
      GalleyError(.badData, Self.failure, at: place, why: why, remedy: remedy)
    }
    let remedy = "Give the file that 'galley offline key new' or 'openssl genpkey -algorithm ed25519' writes."
    if let key = Self.key(der: data) {
      self = key
      return
    }
    guard let block = try PEMBlock(data, failure: Self.failure, at: place) else {
      throw refusal("it is neither PEM nor DER of an Ed25519 key", remedy)
    }
    switch block.label {
    case "PRIVATE KEY": break
    case "ENCRYPTED PRIVATE KEY":
      throw refusal("it is encrypted", "Decrypt it with 'openssl pkey -in \(place) -out OTHER' and give that.")
    default: throw refusal("it holds '\(block.label)', not 'PRIVATE KEY'", remedy)
    }
    guard let key = Self.key(der: block.bytes) else { throw refusal("the key is no Ed25519 key", remedy) }
    self = key
  }

  /// Reads a file.
  /// - Throws: `GalleyError` if it can't be read, if others may read it too, or if it holds no private key.
  public init(contentsOf path: String) throws(GalleyError) {
    // What it holds comes first: a public key may be read by everybody.
    let key = try SigningKey(PEMBlock.contents(of: path, Self.failure), at: path)
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0 {
      throw GalleyError(
        .configuration, Self.failure, at: path,
        why: "others may read it: its mode is \(String(status.st_mode & 0o777, radix: 8))",
        remedy: "Run 'chmod 600 \(path)', and make a new key if somebody may have seen this one.")
    }
    self = key
  }

  /// PrivateKeyInfo in PEM.
  public var pem: String { PEMBlock(label: "PRIVATE KEY", bytes: Data(Self.prefix) + seed).text }

  /// The signature of some bytes, 64 bytes long; always the same (RFC 8032).
  /// - Throws: `GalleyError` if the key can't sign.
  public func signature(of data: Data) throws(GalleyError) -> Data {
    do {
      return try Curve25519.Signing.PrivateKey(rawRepresentation: seed).signature(for: data)
    } catch {
      throw GalleyError(.software, "can't sign", why: "\(error)")
    }
  }

  /// Writes the key as PEM into a new file that only its owner may read (mode 0600).
  /// - Throws: `GalleyError` if it can't be written or there is a file: keys are never overwritten.
  public func write(to path: String) throws(GalleyError) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      let error = FileError(.create, path)
      throw GalleyError(
        .cantCreate, "can't write the private key", at: path, why: error.reason,
        remedy: error.number == EEXIST ? "Choose another name: a key is never overwritten." : nil)
    }
    do throws(FileError) {
      try AtomicFile.append(Data(pem.utf8), to: descriptor, named: path)
      guard fchmod(descriptor, 0o600) == 0, fsync(descriptor) == 0 else { throw FileError(.write, path) }
      close(descriptor)
    } catch {
      close(descriptor)
      unlink(path)
      throw GalleyError(writing: error, "can't write the private key")
    }
  }

  private static func key(der: Data) -> SigningKey? {
    guard der.count == prefix.count + 32, der.starts(with: prefix) else { return nil }
    return SigningKey(seed: Data(der.suffix(32)))
  }
}
