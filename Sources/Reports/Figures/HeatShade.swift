// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How strongly a cell of a confusion matrix is tinted, and the ink that can be read on it.
struct HeatShade: Sendable, Hashable {
  /// The ink on a tint: on a middle one it is dark in either theme, since the tints of the dark theme are light.
  enum Ink: String, Sendable { case plain, middle, deep }

  /// The part of the tint, 0…1.
  let opacity: Double

  /// The shade of `count` of the `sum` items of a true class.
  init(count: Int, of sum: Int, isRight: Bool) {
    let part = Double(count) / Double(max(1, sum))
    opacity = count == 0 ? 0 : isRight ? 0.08 + 0.92 * part : min(0.8, 0.25 + 2 * part)
  }

  /// The ink.
  var ink: Ink { opacity > 0.85 ? .deep : opacity > 0.5 ? .middle : .plain }
}
