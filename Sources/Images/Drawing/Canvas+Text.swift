// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Canvas {
  /// The size of a text in pixels.
  /// - Parameter scale: pixels of the image for one pixel of a letter.
  public static func size(of text: String, scale: Int = 1) -> PixelSize {
    let step = BitmapFont.width + 1
    return PixelSize(width: max(0, text.count * step - 1) * scale, height: BitmapFont.height * scale)
  }

  /// Writes a text in one line, its upper left corner at a pixel.
  public mutating func write(_ text: String, x: Int, y: Int, _ ink: Ink, scale: Int = 1) {
    guard 1...64 ~= scale, abs(x) < 1 << 20, abs(y) < 1 << 20 else { return }
    for (place, character) in text.enumerated() {
      let left = x + place * (BitmapFont.width + 1) * scale
      guard left < image.width else { return }
      let pixels = BitmapFont.pixels(of: character)
      for row in 0..<BitmapFont.height {
        for column in 0..<BitmapFont.width {
          let bit = BitmapFont.width * BitmapFont.height - 1 - row * BitmapFont.width - column
          guard pixels >> UInt64(bit) & 1 == 1 else { continue }
          let (across, down) = (left + column * scale, y + row * scale)
          fill(columns: across..<across + scale, rows: down..<down + scale, ink)
        }
      }
    }
  }

  /// Draws a box with its label and score on a band above it, or inside it where there is no room above.
  public mutating func draw(
    _ box: Box, label: String, score: Double? = nil, _ ink: Ink, thickness: Int = 2, scale: Int = 1
  ) {
    draw(box, ink, thickness: thickness)
    let text = score.map { "\(label) \(Self.percent($0))" } ?? label
    guard !text.isEmpty, 1...64 ~= scale, let left = pixel(box.left), let top = pixel(box.top) else { return }
    let size = Self.size(of: text, scale: scale)
    let height = size.height + 2 * scale
    let y = top >= height ? top - height : max(0, top)
    let x = max(0, min(left, image.width - size.width - 2 * scale))
    fill(columns: x..<x + size.width + 2 * scale, rows: y..<y + height, ink)
    write(text, x: x + scale, y: y + scale, ink.readable, scale: scale)
  }

  /// A score of 0 to 1 in whole percent.
  private static func percent(_ score: Double) -> String {
    score.isFinite ? "\(Int((max(-10, min(10, score)) * 100).rounded()))%" : "?"
  }
}
