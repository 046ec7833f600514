// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Statistics

/// One picture of the data set `shapes`.
struct Scene {
  let canvas: Canvas
  /// The objects that can be seen, the main one first, with the part of each that nothing covers.
  let objects: [(kind: SceneShape.Kind, mask: RunLengthMask)]

  /// Draws the picture with a number: the same for the same seed, whatever else is drawn.
  init(number: Int, seed: UInt64, size: Int, most: Int) {
    var generator = SeededGenerator(seed: seed &+ UInt64(number) &* 0x9e37_79b9_7f4a_7c15)
    let ground = Self.colour(&generator, from: 0, to: 96)
    var canvas = Canvas(width: size, height: size, filled: ground)
    let main = SceneShape.Kind.allCases[number % SceneShape.Kind.allCases.count]
    let count = 1 + generator.number(below: most)
    var drawn: [(SceneShape.Kind, [UInt8])] = []
    // The main shape is the largest and is drawn last, over the others.
    for index in (0..<count).reversed() {
      let kind = index == 0 ? main : SceneShape.Kind.allCases[generator.number(below: SceneShape.Kind.allCases.count)]
      let radius =
        index == 0
        ? size / 5 + generator.number(below: max(1, size / 8)) : size / 10 + generator.number(below: max(1, size / 12))
      let room = max(1, size - 2 * radius)
      let shape = SceneShape(
        kind: kind, x: radius + generator.number(below: room), y: radius + generator.number(below: room), radius: radius
      )
      let mask = shape.mask(width: size, height: size)
      canvas.paint(mask, Self.colour(&generator, from: 128, to: 256))
      drawn = drawn.map { earlier in (earlier.0, zip(earlier.1, mask).map { $1 == 0 ? $0 : 0 }) }
      drawn.append((kind, mask))
    }
    for y in 0..<size {
      for x in 0..<size { canvas.shade(x, y, by: generator.number(below: 17) - 8) }
    }
    self.canvas = canvas
    let pixels = PixelSize(width: size, height: size)
    objects = drawn.reversed().compactMap { kind, mask in
      guard let mask = RunLengthMask(size: pixels, pixels: mask), mask.area >= 9 else { return nil }
      return (kind, mask)
    }
  }

  private static func colour(_ generator: inout SeededGenerator, from low: Int, to high: Int) -> Canvas.Colour {
    Canvas.Colour(
      red: low + generator.number(below: high - low), green: low + generator.number(below: high - low),
      blue: low + generator.number(below: high - low))
  }
}
