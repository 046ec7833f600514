// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

/// Durations in nanoseconds, packed: each as a base-128 varint (least significant group first, as in Protocol Buffers),
/// the whole as Base64 in JSON. A duration of some microseconds takes two bytes.
public struct DurationList: Sendable, Hashable, Codable {
  /// Number of durations.
  public private(set) var count: Int
  private var packed: [UInt8]

  /// Packs durations.
  public init(_ nanoseconds: [UInt64] = []) {
    count = 0
    packed = []
    packed.reserveCapacity(2 * nanoseconds.count)
    append(contentsOf: nanoseconds)
  }

  /// Adds durations behind the last one.
  public mutating func append(contentsOf nanoseconds: [UInt64]) {
    for duration in nanoseconds {
      var rest = duration
      while rest >= 0x80 {
        packed.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      packed.append(UInt8(truncatingIfNeeded: rest))
    }
    count += nanoseconds.count
  }

  /// Adds another list's durations behind the last one.
  public mutating func append(contentsOf other: DurationList) {
    packed.append(contentsOf: other.packed)
    count += other.count
  }

  /// The durations in nanoseconds.
  public var nanoseconds: [UInt64] {
    var durations: [UInt64] = []
    durations.reserveCapacity(count)
    var (value, shift): (UInt64, UInt64) = (0, 0)
    for byte in packed {
      value |= UInt64(byte & 0x7f) << shift
      shift += 7
      guard byte & 0x80 == 0 else { continue }
      durations.append(value)
      (value, shift) = (0, 0)
    }
    return durations
  }

  /// The durations in seconds.
  public var seconds: [Double] { nanoseconds.map { Double($0) * 1e-9 } }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let data = Data(base64Encoded: try container.decode(String.self)), Self.isWhole(data) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "the text is not a list of durations")
    }
    packed = Array(data)
    count = packed.count { $0 & 0x80 == 0 }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(Data(packed).base64EncodedString())
  }

  /// Whether every varint ends and none is longer than 64 bits take.
  private static func isWhole(_ data: Data) -> Bool {
    var length = 0
    for byte in data {
      length += 1
      if length > 10 { return false }
      if byte & 0x80 == 0 { length = 0 }
    }
    return length == 0
  }
}
