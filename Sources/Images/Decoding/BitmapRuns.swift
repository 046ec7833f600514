// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The run-length coding of Windows bitmaps with 4 or 8 bits.
struct BitmapRuns {
  private let head: BitmapHead
  private let bytes: UnsafeRawBufferPointer

  init(_ head: BitmapHead, _ bytes: UnsafeRawBufferPointer) {
    self.head = head
    self.bytes = bytes
  }

  /// The palette index of each pixel, rows from top to bottom; pixels that no run covers have index 0.
  /// - Throws: `ImageError.Code.damaged` if a run leaves the image or the data ends early.
  func indices() throws(ImageError) -> [UInt8] {
    var indices = [UInt8](repeating: 0, count: head.width * head.height)
    var (column, line, place) = (0, 0, head.start)
    func next() throws(ImageError) -> Int {
      guard place < bytes.count else { throw BitmapHead.damaged("its runs are cut off") }
      place += 1
      return Int(bytes[place - 1])
    }
    func put(_ value: UInt8) throws(ImageError) {
      guard column < head.width, line < head.height else { throw BitmapHead.damaged("a run leaves the image") }
      let row = head.isTopDown ? line : head.height - 1 - line
      indices[row * head.width + column] = value
      column += 1
    }
    while true {
      let count = try next()
      let value = try next()
      if count > 0 {
        for pixel in 0..<count { try put(nibble(value, pixel)) }
        continue
      }
      switch value {
      case 0: (column, line) = (0, line + 1)
      case 1: return indices
      case 2:
        column += try next()
        line += try next()
      default:
        let start = place
        let size = head.bits == 8 ? value : (value + 1) / 2
        for pixel in 0..<value {
          let byte = head.bits == 8 ? start + pixel : start + pixel / 2
          guard byte < bytes.count else { throw BitmapHead.damaged("its runs are cut off") }
          try put(nibble(Int(bytes[byte]), pixel))
        }
        place = start + size + size % 2
      }
    }
  }

  /// A pixel of a byte: all of it, or its upper and lower half in turn.
  private func nibble(_ byte: Int, _ pixel: Int) -> UInt8 {
    guard head.bits == 4 else { return UInt8(truncatingIfNeeded: byte) }
    return UInt8(truncatingIfNeeded: pixel % 2 == 0 ? byte >> 4 : byte & 15)
  }
}
