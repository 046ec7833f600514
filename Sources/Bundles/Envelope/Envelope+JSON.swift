// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import FoundationEssentials
public import Galley
internal import JSONStream

extension Envelope {
  /// The envelope's bytes: canonical JSON with the payload in base64.
  public var data: Data {
    var json = JSONWriter()
    Self.write(self, &json)
    return Data(json.bytes)
  }

  /// Reads an envelope. Whatever isn't exactly as ``data`` writes it is refused.
  /// - Parameter place: where it comes from, for errors.
  /// - Throws: `GalleyError` with the place of the first fault.
  public init(_ data: Data, at place: String, limits: BundleLimits = BundleLimits()) throws(GalleyError) {
    self = try CanonicalJSON.read(data, "can't read the envelope", at: place) { json in
      try Self.read(&json, limits)
    } writing: {
      Self.write($0, &$1)
    }
  }

  /// Whether bytes look like an envelope rather than like the document itself.
  public static func isEnvelope(_ data: Data) -> Bool { data.starts(with: Data(#"{"payload":""#.utf8)) }

  private static func write(_ envelope: Envelope, _ json: inout JSONWriter) {
    json.object { json in
      json.key("payload")
      json.write(envelope.payload.base64EncodedString())
      json.key("payloadType")
      json.write(envelope.payloadType)
      json.key("signatures")
      json.array { json in
        for signature in envelope.signatures {
          json.object { json in
            json.key("keyid")
            json.write(signature.keyID.hex)
            json.key("sig")
            json.write(signature.bytes.base64EncodedString())
          }
        }
      }
    }
  }

  private static func read(_ json: inout JSONReader, _ limits: BundleLimits) throws -> Envelope {
    var (payload, type, signatures): (Data?, String?, [Signature]?) = (nil, nil, nil)
    try json.fields { json, key in
      switch key {
      case "payload": payload = try json.base64()
      case "payloadType": type = try json.plainText(atMost: 200)
      case "signatures":
        signatures = try json.list("signatures", atMost: limits.signatures) { try signature(&$0) }
      default: return false
      }
      return true
    }
    let list = try json.required(signatures, "signatures")
    for (left, right) in zip(list, list.dropFirst()) where left.keyID >= right.keyID {
      throw CanonicalProblem("the signatures are not in the order of their keys, or a key signed twice")
    }
    return Envelope(
      type: try json.required(type, "payloadType"), payload: try json.required(payload, "payload"), signatures: list)
  }

  private static func signature(_ json: inout JSONReader) throws -> Signature {
    var (keyID, bytes): (Digest?, Data?) = (nil, nil)
    try json.fields { json, key in
      switch key {
      case "keyid": keyID = try json.digest()
      case "sig":
        let signature = try json.base64()
        guard signature.count == 64 else { throw json.problem("a signature has 64 bytes, not \(signature.count)") }
        bytes = signature
      default: return false
      }
      return true
    }
    return Signature(keyID: try json.required(keyID, "keyid"), bytes: try json.required(bytes, "sig"))
  }
}

extension JSONReader {
  /// Reads bytes in base64.
  fileprivate mutating func base64() throws -> Data {
    // Not copied: a payload may be large, and a stranger's.
    guard let plain = try text().plainBytes, let start = UnsafeMutableRawPointer(mutating: plain.baseAddress),
      let data = Data(base64Encoded: Data(bytesNoCopy: start, count: plain.count, deallocator: .none))
    else { throw problem("this is no base64") }
    return data
  }
}
