// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// A shape of the data set `shapes`, with its exact outline.
struct SceneShape {
  /// The kinds of shapes, in the order of the classes.
  enum Kind: String, CaseIterable { case circle, square, triangle, cross }

  var kind: Kind
  /// The middle, in pixels.
  var x: Int
  var y: Int
  /// Half of the extent, in pixels.
  var radius: Int

  /// One value for each pixel of a picture: 1 where the pixel's centre lies in the shape.
  func mask(width: Int, height: Int) -> [UInt8] {
    var mask = [UInt8](repeating: 0, count: width * height)
    for row in max(0, y - radius)..<max(0, min(height, y + radius)) {
      for column in max(0, x - radius)..<max(0, min(width, x + radius)) {
        // Twice the distance of the pixel's centre from the middle: whole numbers.
        if covers(2 * (column - x) + 1, 2 * (row - y) + 1) { mask[row * width + column] = 1 }
      }
    }
    return mask
  }

  private func covers(_ dx: Int, _ dy: Int) -> Bool {
    let extent = 2 * radius
    switch kind {
    case .circle: return dx * dx + dy * dy <= extent * extent
    case .square: return true
    // Upright, with the tip on top: as wide as it is far from the tip.
    case .triangle: return 2 * abs(dx) <= dy + extent
    case .cross: return 3 * abs(dx) <= extent || 3 * abs(dy) <= extent
    }
  }
}
