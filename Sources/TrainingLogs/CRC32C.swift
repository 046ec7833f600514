// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The CRC-32 with Castagnoli's polynomial (RFC 3720, appendix B.4), and TensorFlow's mask of it.
public enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
  }

  /// The checksum of bytes.
  public static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }

  /// The checksum as TensorFlow stores it, so that the checksum of bytes with a checksum in them is no special value
  /// (`tensorflow/core/lib/hash/crc32c.h`).
  public static func masked(_ bytes: [UInt8]) -> UInt32 {
    let value = checksum(bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}
