// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// COCO's compressed form: each run as the difference to the one two before (from the fourth on), in groups of five
/// bits, the lowest first, with a sixth bit that says whether more follow, as characters from `0` (48) on.
extension RunLengthMask {
  /// The runs as COCO's text.
  public var compressed: String {
    var text: [UInt8] = []
    for (index, count) in counts.enumerated() {
      var value = Int(count)
      if index > 2 { value -= Int(counts[index - 2]) }
      var hasMore = true
      while hasMore {
        var group = value & 0x1F
        value >>= 5
        hasMore = group & 0x10 != 0 ? value != -1 : value != 0
        if hasMore { group |= 0x20 }
        text.append(UInt8(group + 48))
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads COCO's text.
  /// - Returns: `nil` if it has other characters, ends within a number, or its runs don't fit the size.
  public init?(size: PixelSize, compressed text: some Sequence<UInt8>) {
    var counts: [UInt32] = []
    var value = 0
    var shift = 0
    for byte in text {
      guard byte >= 48, byte < 48 + 64, shift <= 35 else { return nil }
      let group = Int(byte) - 48
      value |= (group & 0x1F) << shift
      shift += 5
      guard group & 0x20 == 0 else { continue }
      if group & 0x10 != 0 { value |= -1 << shift }
      if counts.count > 2 { value += Int(counts[counts.count - 2]) }
      guard let count = UInt32(exactly: value) else { return nil }
      counts.append(count)
      (value, shift) = (0, 0)
    }
    guard shift == 0 else { return nil }
    self.init(size: size, counts: counts)
  }

  /// Whether a character may occur in COCO's text.
  public static func mayContain(_ byte: UInt8) -> Bool { byte >= 48 && byte < 112 }
}
