// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials

/// The eight bytes with which each side begins: `GALLEY`, the lowest and the highest version that it speaks.
public struct Preamble: Sendable, Hashable {
  /// The version that this code speaks.
  public static let version: UInt8 = 1
  static let magic = Data("GALLEY".utf8)
  static let byteCount = 8

  /// The versions that a side speaks.
  public var versions: ClosedRange<UInt8>

  /// By default the one version that this code speaks.
  public init(versions: ClosedRange<UInt8> = version...version) { self.versions = versions }

  init(_ bytes: Data) throws(ProtocolViolation) {
    var reader = WireReader(bytes)
    guard try reader.bytes(Self.magic.count) == Self.magic else {
      throw ProtocolViolation("the first bytes are not those of this protocol")
    }
    let (lowest, highest) = (try reader.byte(), try reader.byte())
    guard lowest >= 1, lowest <= highest else { throw ProtocolViolation("versions \(lowest) to \(highest) are none") }
    versions = lowest...highest
  }

  /// The eight bytes.
  public var bytes: Data { Self.magic + [versions.lowerBound, versions.upperBound] }

  /// The highest version that both sides speak; `nil` if there is none.
  public func common(with other: Preamble) -> UInt8? {
    versions.overlaps(other.versions) ? min(versions.upperBound, other.versions.upperBound) : nil
  }
}
