// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Statistics

/// One picture of the data set `defects`: woven cloth, perhaps with a defect.
struct Texture {
  /// The kinds of defects.
  enum Defect: String, CaseIterable { case scratch, hole, stain }

  private(set) var canvas: Canvas
  /// One value for each pixel: 1 where the defect is; empty if there is none.
  private(set) var mask: [UInt8] = []
  private let size: Int
  private var generator: SeededGenerator

  /// Weaves the cloth with a number, and damages it.
  init(number: Int, seed: UInt64, size: Int, defect: Defect?) {
    self.size = size
    generator = SeededGenerator(seed: seed &+ UInt64(number) &* 0x9e37_79b9_7f4a_7c15)
    canvas = Canvas(width: size, height: size, filled: .init(red: 150, green: 130, blue: 105))
    weave()
    guard let defect else { return }
    mask = [UInt8](repeating: 0, count: size * size)
    switch defect {
    case .scratch: scratch()
    case .hole: blot(darker: 110, largest: size / 8)
    case .stain: blot(darker: 40, largest: size / 5)
    }
  }

  /// Threads of four pixels, over and under, each a little different.
  private mutating func weave() {
    let phase = (generator.number(below: 8), generator.number(below: 8))
    let threads = (0..<size).map { _ in generator.number(below: 13) - 6 }
    for y in 0..<size {
      for x in 0..<size {
        let (column, row) = ((x + phase.0) / 4, (y + phase.1) / 4)
        let isOver = (column + row) % 2 == 0
        let edge = (isOver ? x + phase.0 : y + phase.1) % 4
        let shade = (isOver ? 12 : -12) - (edge == 0 || edge == 3 ? 10 : 0)
        canvas.shade(x, y, by: shade + threads[(isOver ? column : row) % size] + generator.number(below: 9) - 4)
      }
    }
  }

  /// A bright line that wanders.
  private mutating func scratch() {
    var x = size / 6 + generator.number(below: max(1, size / 2))
    var y = size / 6 + generator.number(below: max(1, size / 2))
    let drift = (1 + generator.number(below: 2), generator.number(below: 3) - 1)
    for _ in 0..<size / 3 {
      for dy in 0...1 { damage(x, y + dy, by: 75) }
      x += drift.0
      y += drift.1 + generator.number(below: 3) - 1
    }
  }

  /// A dark spot of several discs.
  private mutating func blot(darker amount: Int, largest: Int) {
    let radius = max(2, largest / 2 + generator.number(below: max(1, largest / 2)))
    let (x, y) = (
      radius + generator.number(below: max(1, size - 2 * radius)),
      radius + generator.number(below: max(1, size - 2 * radius))
    )
    var cover = [UInt8](repeating: 0, count: size * size)
    for _ in 0..<3 {
      let part = SceneShape(
        kind: .circle, x: x + generator.number(below: radius) - radius / 2,
        y: y + generator.number(below: radius) - radius / 2,
        radius: max(2, radius - generator.number(below: max(1, radius / 2))))
      let disc = part.mask(width: size, height: size)
      for place in cover.indices where disc[place] != 0 { cover[place] = 1 }
    }
    for place in cover.indices where cover[place] != 0 { damage(place % size, place / size, by: -amount) }
  }

  private mutating func damage(_ x: Int, _ y: Int, by amount: Int) {
    guard x >= 0, x < size, y >= 0, y < size, mask[y * size + x] == 0 else { return }
    mask[y * size + x] = 1
    canvas.shade(x, y, by: amount)
  }
}
