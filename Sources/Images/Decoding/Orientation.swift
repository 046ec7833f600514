// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How a camera was held: the values of EXIF's tag 0x0112, which say where the first row and column of the stored image
/// belong.
public enum Orientation: Int, Sendable, Hashable, Codable, CaseIterable {
  case upright = 1
  case mirrored, upsideDown, flipped, transposed, turnedRight, transversed, turnedLeft

  /// Whether rows become columns.
  public var swapsSides: Bool { rawValue >= 5 }
}

extension Image {
  /// The image as it is to be seen, given the orientation that its file notes; equal to Pillow's `exif_transpose`.
  public func oriented(_ orientation: Orientation) -> Image {
    guard orientation != .upright else { return self }
    let (columns, rows) = orientation.swapsSides ? (height, width) : (width, height)
    let size = channels * depth.byteCount
    return Image.filled(columns, rows, format, depth) { output in
      bytes.withUnsafeBufferPointer { bytes in
        var place = 0
        for row in 0..<rows {
          for column in 0..<columns {
            let (x, y) = source(of: column, row, orientation)
            let start = (y * width + x) * size
            for byte in 0..<size { output[place + byte] = bytes[start + byte] }
            place += size
          }
        }
      }
    }
  }

  private func source(of column: Int, _ row: Int, _ orientation: Orientation) -> (Int, Int) {
    switch orientation {
    case .upright: (column, row)
    case .mirrored: (width - 1 - column, row)
    case .upsideDown: (width - 1 - column, height - 1 - row)
    case .flipped: (column, height - 1 - row)
    case .transposed: (row, column)
    case .turnedRight: (row, height - 1 - column)
    case .transversed: (width - 1 - row, height - 1 - column)
    case .turnedLeft: (width - 1 - row, column)
    }
  }
}
