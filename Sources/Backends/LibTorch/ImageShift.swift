// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Statistics

/// Moves each image of a batch by a few pixels at random; zeros move in.
package struct ImageShift {
  /// The most pixels in each direction.
  let pixels: Int
  let height: Int
  let width: Int

  /// For items that are images; `nil` for others, and if nothing would move.
  package init?(pixels: Int, itemShape: [Int]) {
    guard pixels > 0, itemShape.count == 3 else { return nil }
    self.pixels = pixels
    height = itemShape[1]
    width = itemShape[2]
  }

  /// Shifts `count` images whose channels follow one another in `values`.
  package func apply(_ values: [Float], count: Int, _ generator: inout SeededGenerator) -> [Float] {
    guard count > 0 else { return values }
    var shifted = [Float](repeating: 0, count: values.count)
    let imageLength = values.count / count
    for image in 0..<count {
      let down = generator.number(below: 2 * pixels + 1) - pixels
      let right = generator.number(below: 2 * pixels + 1) - pixels
      let start = image * imageLength
      for plane in stride(from: start, to: start + imageLength, by: height * width) {
        copy(values, to: &shifted, plane: plane, down: down, right: right)
      }
    }
    return shifted
  }

  private func copy(_ values: [Float], to shifted: inout [Float], plane: Int, down: Int, right: Int) {
    let rows = max(0, down)..<max(max(0, down), min(height, height + down))
    let columns = max(0, right)..<max(max(0, right), min(width, width + right))
    for row in rows {
      let (from, to) = (plane + (row - down) * width - right, plane + row * width)
      for column in columns { shifted[to + column] = values[from + column] }
    }
  }
}
