// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Files
package import FoundationEssentials

/// HMAC-SHA-256, after RFC 2104.
package enum MessageAuthentication {
  private static let blockLength = 64

  package static func code(_ message: some Sequence<UInt8>, key: Data) -> Digest {
    let key = key.count > blockLength ? Digest(of: key).bytes : Array(key)
    let padded = key + [UInt8](repeating: 0, count: blockLength - key.count)
    let inner = Digest(of: Data(padded.map { $0 ^ 0x36 } + Array(message)))
    return Digest(of: Data(padded.map { $0 ^ 0x5C } + inner.bytes))
  }

  /// Whether two codes are equal, in a time that doesn't tell where they differ.
  static func areEqual(_ left: Digest, _ right: Digest) -> Bool {
    zip(left.bytes, right.bytes).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
