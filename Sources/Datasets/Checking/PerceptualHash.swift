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
