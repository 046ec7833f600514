// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Bundles
internal import Files
public import FoundationEssentials
public import Galley

/// Who stands for a zoo's index, and thereby for the digests of its volumes.
public enum ZooSignature: Sendable, Hashable {
  /// The index isn't signed.
  case none
  /// It is signed by these keys (the beginnings of their digests), and none is trusted here: nothing was checked.
  case unchecked([String])
  /// Trusted keys of these names signed it.
  case trusted([String])

  /// The state for people, as a clause.
  public var words: String {
    switch self {
    case .none: "the index is not signed"
    case .unchecked(let keys):
      "the index is signed by \(keys.joined(separator: ", ")), which nobody checked: no key is trusted here"
    case .trusted(let names): "the index is signed by \(names.joined(separator: ", "))"
    }
  }
}

extension GoldenZoo {
  /// Reads an index, signed or not.
  ///
  /// Where keys are trusted, a signed index must be signed by enough of them. One that isn't signed is read unless a
  /// signature is demanded.
  /// - Parameters:
  ///   - trust: the keys that count.
  ///   - isDemanded: whether an index without a trusted signature is refused.
  /// - Throws: `GalleyError` if it is refused, or is no index.
  public static func reading(
    _ data: Data, from place: String, trust: TrustRoot, signatureIsDemanded isDemanded: Bool = false
  ) throws(GalleyError) -> (zoo: GoldenZoo, signature: ZooSignature) {
    let failure = "can't trust the zoo"
    let isDemanded = isDemanded || trust.demandsSignedZoos
    guard Envelope.isEnvelope(data) else {
      guard !isDemanded else {
        throw GalleyError(
          .badData, failure, at: place, why: "its index is not signed, and a signature is demanded",
          remedy: "Whoever keeps the zoo signs it with 'galley golden zoo index FOLDER --key FILE'.")
      }
      return (try GoldenZoo(data, from: place), .none)
    }
    let envelope = try Envelope(data, at: place)
    guard envelope.payloadType == Envelope.zooType else {
      throw GalleyError(
        .badData, failure, at: place, why: "what is signed is '\(envelope.payloadType)', not '\(Envelope.zooType)'")
    }
    if trust.keys.isEmpty, !isDemanded {
      let keys = envelope.signatures.map(\.keyID.short)
      return (try GoldenZoo(envelope.payload, from: place), .unchecked(keys))
    }
    let signers = try trust.signers(of: envelope, failure, at: place)
    return (try GoldenZoo(envelope.payload, from: place), .trusted(signers.map(\.name)))
  }
}
