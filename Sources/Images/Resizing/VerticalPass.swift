// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Resizes columns in height, eight bytes of a row at a time.
struct VerticalPass: Sendable {
  let table: WeightTable
  /// Bytes of a row.
  let width: Int

  /// Resizes all rows.
  /// - Parameters:
  ///   - source: rows of `width` bytes, the first of which is row `first` of the image.
  ///   - rows: their number.
  ///   - target: room for `table.count` rows.
  func resize(_ source: UnsafePointer<UInt8>, first: Int, rows: Int, into target: UnsafeMutablePointer<UInt8>) {
    for line in 0..<table.count {
      let output = target + line * width
      let start = table.starts[line] - first
      guard width >= 8 else {
        for place in 0..<width { output[place] = byte(source, start: start, line: line, place: place) }
        continue
      }
      for place in stride(from: 0, to: width, by: 8) {
        // The last eight bytes overlap those before.
        let place = min(place, width - 8)
        let bytes = sum(UnsafeRawPointer(source + start * width + place), line: line)
        UnsafeMutableRawPointer(output + place).storeBytes(of: bytes, as: SIMD8<UInt8>.self)
      }
    }
  }

  @inline(__always)
  private func sum(_ start: UnsafeRawPointer, line: Int) -> SIMD8<UInt8> {
    let (pairs, length, width) = (table.pairs, table.lengths[line], width)
    return table.high.withUnsafeBufferPointer { high in
      table.low.withUnsafeBufferPointer { low in
        var sum = WeightedSum()
        var row = start
        for pair in line &* pairs..<line &* pairs &+ length / 2 {
          sum.add(Self.line(row), Self.line(row + width), high: high[pair], low: low[pair])
          row += 2 &* width
        }
        if length % 2 == 1 {
          let pair = line &* pairs &+ length / 2
          sum.add(Self.line(row), .zero, high: high[pair], low: low[pair])
        }
        return sum.bytes
      }
    }
  }

  @inline(__always)
  private static func line(_ row: UnsafeRawPointer) -> SIMD8<Int16> {
    SIMD8<Int16>(bytesAt: row)
  }

  /// One byte, for rows that are shorter than a vector.
  private func byte(_ source: UnsafePointer<UInt8>, start: Int, line: Int, place: Int) -> UInt8 {
    var sum = WeightTable.half
    for tap in 0..<table.lengths[line] {
      let pair = line * table.pairs + tap / 2
      let shift: Int32 = tap % 2 == 0 ? 0 : 16
      let high = Int32(Int16(truncatingIfNeeded: table.high[pair] >> shift))
      let low = Int32(Int16(truncatingIfNeeded: table.low[pair] >> shift))
      let value = Int32(source[(start + tap) * width + place])
      sum &+= value &* (high << WeightTable.lowBits &+ low)
    }
    return UInt8(max(0, min(255, sum >> WeightTable.precision)))
  }
}
