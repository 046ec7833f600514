// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Images
import Testing

@Suite struct DrawingTests {
  private func canvas(_ width: Int = 20, _ height: Int = 12) throws -> Canvas {
    Canvas(try Image(width: width, height: height, format: .gray, color: [0]))
  }

  /// The pixels that are not black, as text.
  private func picture(_ canvas: Canvas) -> String {
    let image = canvas.image
    return (0..<image.height).map { y in
      String(
        (0..<image.width).map { x in
          image.bytes[(y * image.width + x) * 3..<(y * image.width + x) * 3 + 3].contains { $0 > 0 } ? "#" : "."
        })
    }.joined(separator: "\n")
  }

  private let red = Canvas.Ink(255, 0, 0)

  @Test func `a box is a frame inside its sides`() throws {
    var canvas = try canvas(8, 6)
    canvas.draw(Box(left: 1, top: 1, right: 7, bottom: 5), red, thickness: 1)
    #expect(
      picture(canvas) == """
        ........
        .######.
        .#....#.
        .#....#.
        .######.
        ........
        """)
  }

  @Test func `a polygon's inside are the pixels whose middle is in it`() throws {
    var canvas = try canvas(8, 6)
    canvas.draw([Point(x: 1, y: 1), Point(x: 6, y: 1), Point(x: 1, y: 6)], fill: red)
    #expect(
      picture(canvas) == """
        ........
        .####...
        .###....
        .##.....
        .#......
        ........
        """)
    canvas = try self.canvas(8, 6)
    canvas.draw([Point(x: 0, y: 0), Point(x: 7, y: 5)], outline: red)
    #expect(picture(canvas).hasPrefix("#"))
  }

  @Test func `letters have their shapes`() throws {
    var canvas = try canvas(23, 7)
    canvas.write("A1é\u{4e00}", x: 0, y: 0, red)
    #expect(
      picture(canvas) == """
        .###....#.........#####
        #...#..##.........#...#
        #...#.#.#....###..#...#
        #####...#...#...#.#...#
        #...#...#...#####.#...#
        #...#...#...#.....#...#
        #...#.#####..####.#####
        """)
    #expect(Canvas.size(of: "A1", scale: 2) == PixelSize(width: 22, height: 14))
  }

  @Test func `opacity mixes, masks and keypoints colour their pixels`() throws {
    var canvas = try canvas(5, 5)
    var mask = [UInt8](repeating: 0, count: 25)
    (mask[6], mask[7]) = (1, 2)
    let image = try Image(width: 5, height: 5, format: .gray, bytes: mask)
    try canvas.draw(mask: image, label: 2, red.opacity(128))
    #expect(Array(canvas.image.bytes[18..<24]) == [0, 0, 0, 128, 0, 0])
    canvas.draw(Point(x: 2.5, y: 3.5), Canvas.Ink(0, 9, 0), radius: 1)
    #expect(canvas.image.bytes[(3 * 5 + 2) * 3 + 1] == 9)
    let other = try Image(width: 4, height: 5, format: .gray, color: [1])
    #expect(throws: ImageError.self) { try canvas.draw(mask: other, red) }
  }

  @Test func `what lies outside or is no number is left out`() throws {
    var canvas = try canvas()
    let before = canvas.image
    for place in [-1e9, 1e9, .nan, .infinity, -.infinity] {
      canvas.draw(Box(left: place, top: 0, right: place, bottom: 5), label: "", red)
      canvas.draw(Point(x: place, y: place), red)
      canvas.draw([Point(x: place, y: 1), Point(x: place, y: 5), Point(x: place, y: 9)], fill: red)
    }
    #expect(canvas.image == before)
    canvas.line(from: Point(x: -1e8, y: 5), to: Point(x: 1e8, y: 5), red)
    #expect(picture(canvas).split(separator: "\n").filter { $0 == String(repeating: "#", count: 20) }.count == 1)
    canvas.draw(Box(left: -50, top: -50, right: 500, bottom: 500), label: "very long label", score: .nan, red, scale: 3)
    canvas.draw(Box(left: 5, top: 5, right: 9, bottom: 9), label: "dog", score: 0.874, .forClass(-3))
  }

  @Test func `neighbouring classes have colours far apart`() {
    for index in 0..<20 {
      let (a, b) = (Canvas.Ink.forClass(index), Canvas.Ink.forClass(index + 1))
      let apart = [(a.red, b.red), (a.green, b.green), (a.blue, b.blue)].map { abs(Int($0) - Int($1)) }.reduce(0, +)
      #expect(apart > 120, "\(a) \(b)")
    }
  }
}
