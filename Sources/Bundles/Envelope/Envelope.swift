// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import FoundationEssentials
public import Galley

/// Bytes with signatures, in the form of DSSE (github.com/secure-systems-lab/dsse, envelope and protocol v1).
///
/// What is signed is not the payload but its pre-authentication encoding, which contains the type too: a signature of
/// one kind of document can't pass for one of another.
public struct Envelope: Sendable, Hashable {
  /// The type of a bundle's manifest.
  public static let bundleType = "application/vnd.galley.bundle+json"
  /// The type of a zoo's index.
  public static let zooType = "application/vnd.galley.zoo+json"

  /// One signature.
  public struct Signature: Sendable, Hashable {
    /// The digest of the key: ``VerifyingKey/id``.
    public var keyID: Digest
    /// 64 bytes.
    public var bytes: Data

    /// Creates a signature.
    public init(keyID: Digest, bytes: Data) {
      self.keyID = keyID
      self.bytes = bytes
    }
  }

  /// What kind of document the payload is.
  public var payloadType: String
  /// The document.
  public var payload: Data
  /// Its signatures, in the order of their keys' digests.
  public private(set) var signatures: [Signature]

  /// Creates an envelope.
  public init(type: String, payload: Data, signatures: [Signature] = []) {
    payloadType = type
    self.payload = payload
    self.signatures = signatures.sorted { $0.keyID < $1.keyID }
  }

  /// The digest of the payload: the name of a bundle.
  public var digest: Digest { Digest(of: payload) }

  /// What is signed: `"DSSEv1" SP LEN(type) SP type SP LEN(payload) SP payload`, lengths in decimal digits.
  public var signedBytes: Data {
    var bytes = Data("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8)
    bytes.append(payload)
    return bytes
  }

  /// Adds the signature of a key, in place of an earlier one by the same key.
  /// - Throws: `GalleyError` if the key can't sign.
  public mutating func sign(with key: SigningKey) throws(GalleyError) {
    let signature = Signature(keyID: key.verifyingKey.id, bytes: try key.signature(of: signedBytes))
    signatures = (signatures.filter { $0.keyID != signature.keyID } + [signature]).sorted { $0.keyID < $1.keyID }
  }
}
