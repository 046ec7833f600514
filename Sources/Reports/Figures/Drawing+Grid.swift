// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// The decimal logarithm, as Plotly wants the ends of a logarithmic axis.
func logarithm(_ value: Double) -> Double { log10(max(value, .leastNormalMagnitude)) }

extension Drawing {
  /// The marks of both axes with their lines and numbers.
  mutating func drawGrid(horizontal: Axis, vertical: Axis) {
    for tick in vertical.ticks {
      let y = vertical.position(tick)
      line(horizontal.start, y, horizontal.end, y, class: "grid")
      text(vertical.label(of: tick), horizontal.start - 8, y + 4, anchor: .end, class: "soft")
    }
    drawHorizontalAxis(horizontal, from: vertical.start, to: vertical.end)
  }

  /// The marks of a horizontal axis at the bottom, with lines up to `top`.
  mutating func drawHorizontalAxis(_ axis: Axis, from bottom: Double, to top: Double, grid: Bool = false) {
    line(axis.start, bottom, axis.end, bottom, class: "axis")
    var lastEnd = -Double.infinity
    for tick in axis.ticks {
      let x = axis.position(tick)
      if grid { line(x, bottom, x, top, class: "grid") }
      line(x, bottom, x, bottom + 4, class: "axis")
      let label = axis.label(of: tick)
      let half = Double(label.count) * 3.6
      guard x - half > lastEnd + 4 else { continue }
      text(label, x, bottom + 18, anchor: .middle, class: "soft")
      lastEnd = x + half
    }
  }
}
