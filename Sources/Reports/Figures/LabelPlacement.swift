// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A rectangle that something covers in a picture.
struct LabelBox: Sendable, Hashable {
  var left: Double
  var top: Double
  var right: Double
  var bottom: Double

  init(left: Double, top: Double, right: Double, bottom: Double) {
    (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
  }

  init(around x: Double, _ y: Double, halfWidth: Double, halfHeight: Double) {
    self.init(left: x - halfWidth, top: y - halfHeight, right: x + halfWidth, bottom: y + halfHeight)
  }

  /// What a line along an axis covers, with room for other fonts and for Plotly, which sets names nearer to a mark.
  init(from start: (x: Double, y: Double), to end: (x: Double, y: Double)) {
    self.init(
      left: min(start.x, end.x) - 6, top: min(start.y, end.y) - 1, right: max(start.x, end.x) + 6,
      bottom: max(start.y, end.y) + 1)
  }

  func overlaps(_ other: LabelBox) -> Bool {
    left < other.right && other.left < right && top < other.bottom && other.top < bottom
  }

  func contains(_ other: LabelBox) -> Bool {
    left <= other.left && other.right <= right && top <= other.top && other.bottom <= bottom
  }
}

/// Where the name of a point stands, so that it covers neither a point nor another name.
struct LabelPlacement: Sendable, Hashable {
  /// Where the text is anchored.
  let x: Double
  /// The text's base line.
  let y: Double
  /// How it is anchored.
  let anchor: Drawing.Anchor
  /// The same place in Plotly's words.
  let plotlyPosition: String
  /// What the text covers.
  let box: LabelBox

  /// The first free place beside a point, right, left, above, below; `nil` if all are taken.
  static func free(
    at x: Double, _ y: Double, width: Double, avoiding taken: [LabelBox], inside area: LabelBox
  ) -> LabelPlacement? {
    candidates(x, y, width).first { candidate in
      area.contains(candidate.box) && !taken.contains { $0.overlaps(candidate.box) }
    }
  }

  private static func candidates(_ x: Double, _ y: Double, _ width: Double) -> [LabelPlacement] {
    func place(_ left: Double, _ base: Double, _ anchorX: Double, _ anchor: Drawing.Anchor, _ name: String)
      -> LabelPlacement
    {
      LabelPlacement(
        x: anchorX, y: base, anchor: anchor, plotlyPosition: name,
        box: LabelBox(left: left, top: base - 11, right: left + width, bottom: base + 4))
    }
    return [
      place(x + 10, y - 8, x + 10, .start, "top right"), place(x + 10, y + 16, x + 10, .start, "bottom right"),
      place(x - 10 - width, y - 8, x - 10, .end, "top left"),
      place(x - 10 - width, y + 16, x - 10, .end, "bottom left"),
      place(x - width / 2, y - 14, x, .middle, "top center"),
      place(x - width / 2, y + 24, x, .middle, "bottom center"),
    ]
  }
}
