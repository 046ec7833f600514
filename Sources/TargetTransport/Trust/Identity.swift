// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Crypto
public import Files
public import FoundationEssentials
public import Galley
internal import Glibc
internal import NIOSSL
internal import SwiftASN1
internal import X509

/// Who a side is: a certificate that it made and signed itself, and its key.
///
/// Others pin the certificate's digest, so an identity is made once and then kept; a new one must be pinned anew.
public struct Identity: Sendable, Hashable {
  /// The certificate in DER.
  public let certificate: Data
  /// The key in PEM (PKCS #8).
  let key: String
  /// SHA-256 of the certificate: what others pin.
  public let digest: Files.Digest
  /// The first moment at which it counts.
  public let validFrom: Date
  /// The last one.
  public let validUntil: Date

  /// How long a new identity counts: ten years.
  public static let validity: TimeInterval = 3653 * 86_400
  /// It counts a day before it is made: clocks differ.
  private static let lead: TimeInterval = 86_400
  private static let fileName = "identity.pem"

  /// Makes an identity with a new P-256 key.
  /// - Parameters:
  ///   - name: What stands in the certificate for people; nobody checks it.
  ///   - now: The time from which it counts.
  /// - Throws: `GalleyError` if the name can't stand in a certificate.
  public static func make(
    name: String, now: Date = Date(), validity: TimeInterval = validity
  ) throws(GalleyError) -> Identity {
    do {
      let key = P256.Signing.PrivateKey()
      let subject = try DistinguishedName { CommonName(String(name.prefix(64))) }
      let certificate = try Certificate(
        version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: Certificate.PublicKey(key.publicKey),
        notValidBefore: now - lead, notValidAfter: now + validity, issuer: subject, subject: subject,
        signatureAlgorithm: .ecdsaWithSHA256,
        extensions: try Certificate.Extensions { Critical(BasicConstraints.notCertificateAuthority) },
        issuerPrivateKey: Certificate.PrivateKey(key))
      var serializer = DER.Serializer()
      try serializer.serialize(certificate)
      return try Identity(Data(serializer.serializedBytes), key: key.pemRepresentation, at: nil)
    } catch let error as GalleyError {
      throw error
    } catch {
      throw GalleyError(.software, "can't make an identity", why: "\(error)")
    }
  }

  /// The identity in a folder; one is made if there is none. Both are in one file that only its owner may read.
  /// - Throws: `GalleyError` if the file is damaged, can't be read or written, or others may read it.
  public static func loadOrMake(in folder: String, name: String) throws(GalleyError) -> Identity {
    let path = "\(folder)/\(fileName)"
    for _ in 0..<2 {
      if let identity = try load(path) { return identity }
      let identity = try make(name: name)
      if try identity.keep(at: path) { return identity }
      // Another process made one in between.
    }
    throw GalleyError(.cantCreate, "can't make an identity", at: path, why: "the file comes and goes")
  }

  /// The identity in a folder, if there is one.
  /// - Throws: `GalleyError` if the file is damaged, can't be read, or others may read it.
  public static func load(in folder: String) throws(GalleyError) -> Identity? { try load("\(folder)/\(fileName)") }

  private init(_ certificate: Data, key: String, at path: String?) throws(GalleyError) {
    do {
      let parsed = try NIOSSLCertificate(bytes: Array(certificate), format: .der)
      _ = try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)
      validFrom = Date(timeIntervalSince1970: TimeInterval(parsed.notValidBefore))
      validUntil = Date(timeIntervalSince1970: TimeInterval(parsed.notValidAfter))
    } catch {
      throw Self.refusal(path, "the certificate or the key in it is damaged")
    }
    (self.certificate, self.key, digest) = (certificate, key, Files.Digest(of: certificate))
  }

  private static func load(_ path: String) throws(GalleyError) -> Identity? {
    guard let text = try PrivateFile.read(path, "can't read the identity") else { return nil }
    do {
      let documents = try PEMDocument.parseMultiple(pemString: text)
      guard let certificate = documents.first(where: { $0.discriminator == "CERTIFICATE" }),
        let key = documents.first(where: { $0.discriminator == "PRIVATE KEY" })
      else { throw refusal(path, "a certificate or a private key is missing") }
      return try Identity(Data(certificate.derBytes), key: key.pemString, at: path)
    } catch let error as GalleyError {
      throw error
    } catch {
      throw refusal(path, "it is no PEM")
    }
  }

  /// Writes the file whole if there is none.
  private func keep(at path: String) throws(GalleyError) -> Bool {
    let words = PEMDocument(type: "CERTIFICATE", derBytes: Array(certificate)).pemString
    return try PrivateFile.make(path, "\(words)\n\(key)\n", "can't make an identity")
  }

  private static func refusal(_ path: String?, _ why: String) -> GalleyError {
    GalleyError(
      .configuration, "can't use the identity", at: path, why: why,
      remedy: "Bring the file back from a copy; or remove it, and pair anew with all that knew it.")
  }
}
