// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// 64 bits that stay nearly the same when an image is resized, compressed or brightened: whether each of 8×8 fields is
/// darker than its right neighbour.
///
/// Source: the "difference hash" of Neal Krawetz (2013). Fields are means over areas, computed in whole numbers.
public struct PerceptualHash: Sendable, Hashable, Codable {
  /// The bits, field by field, row by row, the first in the highest bit.
  public let bits: UInt64

  /// Creates a hash from its bits.
  public init(bits: UInt64) { self.bits = bits }

  /// Computes the hash of a small picture.
  /// - Returns: `nil` if it has fewer than 9×8 pixels, or other than it says.
  public init?(_ picture: GreyPicture) {
    guard picture.width >= 9, picture.height >= 8, picture.values.count == picture.width * picture.height else {
      return nil
    }
    var bits: UInt64 = 0
    for row in 0..<8 {
      let means = (0..<9).map { column in Self.mean(picture, column, row) }
      for column in 0..<8 { bits = bits << 1 | (means[column] < means[column + 1] ? 1 : 0) }
    }
    self.bits = bits
  }

  /// The mean of a field of the grid of 9×8, times 16 so that small differences count.
  private static func mean(_ picture: GreyPicture, _ column: Int, _ row: Int) -> Int {
    let (left, right) = (column * picture.width / 9, (column + 1) * picture.width / 9)
    let (top, bottom) = (row * picture.height / 8, (row + 1) * picture.height / 8)
    var sum = 0
    for y in top..<bottom {
      for x in left..<right { sum += Int(picture.values[y * picture.width + x]) }
    }
    return sum * 16 / max(1, (right - left) * (bottom - top))
  }

  /// Bits in which two hashes differ: 0 to 64.
  public func distance(to other: PerceptualHash) -> Int { (bits ^ other.bits).nonzeroBitCount }

  /// Whether the image has so little structure that its hash says nothing: nearly all bits alike.
  public var isFlat: Bool { bits.nonzeroBitCount < 4 || bits.nonzeroBitCount > 60 }
}

/// Finds hashes near each other without comparing all with all.
///
/// Two hashes that differ in at most `n` bits agree in at least one of `n + 1` bands of bits (Manku, Jain and Das
/// Sarma, "Detecting near-duplicates for web crawling", 2007).
enum NearSearch {
  /// Pairs of positions whose hashes differ in at most `limit` bits (at most 15), each once, in order.
  static func pairs(_ hashes: [PerceptualHash?], limit: Int) -> [(Int, Int)] {
    let limit = min(max(limit, 0), 15)
    var found: Set<[Int]> = []
    for band in 0...limit {
      let (start, end) = (band * 64 / (limit + 1), (band + 1) * 64 / (limit + 1))
      let mask: UInt64 = end - start == 64 ? .max : (1 << UInt64(end - start)) - 1
      var buckets: [UInt64: [Int]] = [:]
      for (position, hash) in hashes.enumerated() {
        guard let hash, !hash.isFlat else { continue }
        let key = hash.bits >> UInt64(start) & mask
        for other in buckets[key] ?? [] where hashes[other].map({ $0.distance(to: hash) <= limit }) == true {
          found.insert([other, position])
        }
        buckets[key, default: []].append(position)
      }
    }
    return found.map { ($0[0], $0[1]) }.sorted { $0 < $1 }
  }
}
