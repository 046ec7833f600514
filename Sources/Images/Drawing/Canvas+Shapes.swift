// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension Canvas {
  /// Draws a line between two points: Bresenham's algorithm, with square ends.
  public mutating func line(from start: Point, to end: Point, _ ink: Ink, thickness: Int = 1) {
    // A line may begin far outside; only the part near the image is walked.
    guard let (start, end) = clipped(start, end, margin: Double(thickness)), var x = cell(start.x),
      var y = cell(start.y), let lastX = cell(end.x), let lastY = cell(end.y), thickness > 0
    else { return }
    let (dx, dy) = (abs(lastX - x), -abs(lastY - y))
    let (stepX, stepY) = (x < lastX ? 1 : -1, y < lastY ? 1 : -1)
    var error = dx + dy
    while true {
      let (left, top) = (x - (thickness - 1) / 2, y - (thickness - 1) / 2)
      fill(columns: left..<left + thickness, rows: top..<top + thickness, ink)
      if x == lastX, y == lastY { return }
      let twice = 2 * error
      if twice >= dy {
        error += dy
        x += stepX
      }
      if twice <= dx {
        error += dx
        y += stepY
      }
    }
  }

  /// Draws a polygon: its inside, by the even-odd rule at the pixels' middles, then its outline.
  public mutating func draw(_ polygon: [Point], fill inside: Ink? = nil, outline: Ink? = nil, thickness: Int = 1) {
    if let inside { fill(polygon, inside) }
    guard let outline, let last = polygon.last else { return }
    var start = last
    for end in polygon {
      line(from: start, to: end, outline, thickness: thickness)
      start = end
    }
  }

  private mutating func fill(_ polygon: [Point], _ ink: Ink) {
    guard polygon.count >= 3, polygon.allSatisfy({ abs($0.x) < 1e6 && abs($0.y) < 1e6 }),
      let box = Box(around: polygon)?.clamped(to: PixelSize(width: image.width, height: image.height))
    else { return }
    for y in Int(box.top)..<max(Int(box.top), Int(box.bottom.rounded(.up))) {
      let middle = Double(y) + 0.5
      var crossings: [Double] = []
      var start = polygon[polygon.count - 1]
      for end in polygon {
        if (start.y <= middle) != (end.y <= middle) {
          crossings.append(start.x + (middle - start.y) / (end.y - start.y) * (end.x - start.x))
        }
        start = end
      }
      crossings.sort()
      for pair in stride(from: 0, to: crossings.count - 1, by: 2) {
        let (left, right) = (Int((crossings[pair] - 0.5).rounded(.up)), Int((crossings[pair + 1] - 0.5).rounded(.up)))
        if left < right { fill(columns: left..<right, rows: y..<y + 1, ink) }
      }
    }
  }

  /// Draws a keypoint: a filled circle.
  public mutating func draw(_ point: Point, _ ink: Ink, radius: Int = 3) {
    guard let x = cell(point.x), let y = cell(point.y), 0...1000 ~= radius else { return }
    for dy in -radius...radius {
      for dx in -radius...radius where dx * dx + dy * dy <= radius * radius + radius / 2 { dot(x + dx, y + dy, ink) }
    }
  }

  /// The pixel that holds a place; nil if it is no number or far outside.
  private func cell(_ place: Double) -> Int? { abs(place) < 1e6 ? Int(place.rounded(.down)) : nil }

  /// The part of a line inside the image and a margin: Liang and Barsky, "A new concept and method for line clipping"
  /// (1984).
  private func clipped(_ start: Point, _ end: Point, margin: Double) -> (Point, Point)? {
    guard [start.x, start.y, end.x, end.y].allSatisfy(\.isFinite) else { return nil }
    let (dx, dy) = (end.x - start.x, end.y - start.y)
    var (first, last) = (0.0, 1.0)
    let sides = [
      (-dx, start.x + margin), (dx, Double(image.width) + margin - start.x), (-dy, start.y + margin),
      (dy, Double(image.height) + margin - start.y),
    ]
    for (step, room) in sides {
      if step == 0 {
        if room < 0 { return nil }
      } else if step < 0 {
        first = max(first, room / step)
      } else {
        last = min(last, room / step)
      }
    }
    guard first <= last else { return nil }
    return (
      Point(x: start.x + first * dx, y: start.y + first * dy), Point(x: start.x + last * dx, y: start.y + last * dy)
    )
  }
}
