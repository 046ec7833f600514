// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A binary mask as COCO stores it: lengths of runs down the columns, columns from left to right, beginning with a run
/// of background (perhaps of length 0).
///
/// Source: the COCO data format ("RLE") and pycocotools, against which it is tested bit for bit.
public struct RunLengthMask: Sendable, Hashable, Codable {
  /// Size of the mask, in pixels.
  public let size: PixelSize
  /// Lengths of background, object, background … runs; they add up to the number of pixels.
  public let counts: [UInt32]

  /// Largest number of pixels that a mask may have.
  public static let maximumPixelCount = 1 << 31

  /// Creates a mask from its runs.
  /// - Returns: `nil` if they don't add up to the size.
  public init?(size: PixelSize, counts: [UInt32]) {
    guard size.width >= 0, size.height >= 0, size.width <= 1 << 20, size.height <= 1 << 20,
      size.width * size.height <= Self.maximumPixelCount,
      counts.reduce(0, { $0 + Int($1) }) == size.width * size.height
    else { return nil }
    self.size = size
    self.counts = counts
  }

  /// Creates a mask from one value for each pixel, row by row; all but 0 belong to the object.
  /// - Returns: `nil` if the number of values isn't that of the pixels.
  public init?(size: PixelSize, pixels: some RandomAccessCollection<UInt8>) {
    guard size.width >= 0, size.height >= 0, pixels.count == size.width * size.height else { return nil }
    var counts: [UInt32] = []
    var isObject = false
    var run: UInt32 = 0
    for x in 0..<size.width {
      for y in 0..<size.height {
        let value = pixels[pixels.index(pixels.startIndex, offsetBy: y * size.width + x)] != 0
        if value != isObject {
          counts.append(run)
          run = 0
          isObject = value
        }
        run += 1
      }
    }
    counts.append(run)
    self.init(size: size, counts: counts)
  }

  /// One value for each pixel, row by row: 1 where the object is, else 0.
  public var pixels: [UInt8] {
    var values = [UInt8](repeating: 0, count: size.width * size.height)
    forEachObjectRun { start, length in
      for place in start..<start + length {
        values[place % size.height * size.width + place / size.height] = 1
      }
    }
    return values
  }

  /// Number of the object's pixels.
  public var area: Int {
    var area = 0
    forEachObjectRun { _, length in area += length }
    return area
  }

  /// The smallest box around the object's pixels; `nil` if there are none.
  public var bounds: Box? {
    guard size.height > 0 else { return nil }
    var (left, right, top, bottom) = (Int.max, -1, Int.max, -1)
    forEachObjectRun { start, length in
      guard length > 0 else { return }
      let last = start + length - 1
      left = min(left, start / size.height)
      right = max(right, last / size.height)
      let spansColumns = start / size.height != last / size.height
      top = min(top, spansColumns ? 0 : start % size.height)
      bottom = max(bottom, spansColumns ? size.height - 1 : last % size.height)
    }
    guard right >= 0 else { return nil }
    return Box(x: Double(left), y: Double(top), width: Double(right - left + 1), height: Double(bottom - top + 1))
  }

  /// Calls `body` with where each run of the object starts, counting down the columns, and its length.
  func forEachObjectRun(_ body: (Int, Int) -> Void) {
    var place = 0
    for (index, count) in counts.enumerated() {
      if index % 2 == 1 { body(place, Int(count)) }
      place += Int(count)
    }
  }
}
