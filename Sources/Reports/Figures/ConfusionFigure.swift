// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// A confusion matrix as a heat map: right answers in one hue, wrong ones in another, each row shaded by its own sum.
enum ConfusionFigure {
  /// The most classes that a picture shows; more would be too small to read.
  static let largestClassCount = 40

  /// The figure of one variant, or `nil` if its quality was not measured or it has too many classes.
  static func figure(of variant: ReportedVariant, at index: Int) -> ReportFigure? {
    guard let quality = variant.measurement.quality, (1...largestClassCount).contains(quality.classes.count) else {
      return nil
    }
    return ReportFigure(
      name: "confusion-\(index + 1)", title: "Confusion matrix of \(variant.name)",
      caption: "Rows are true classes, columns are answers.", drawing: drawing(quality), plot: nil)
  }

  private static func drawing(_ quality: ClassificationQuality) -> Drawing {
    let cell = quality.classes.count <= 20 ? 30.0 : 18.0
    let labels = quality.classes.map { shortened($0.label) }
    let left = 34 + 7 * Double(labels.map(TextTable.width).max() ?? 1)
    let side = cell * Double(labels.count)
    var picture = Drawing(width: left + side + 16, height: side + 76)
    picture.text("answer", left + side / 2, 16, anchor: .middle, class: "soft")
    picture.text("truth", 16, 48 + side / 2, anchor: .middle, class: "soft", turned: true)
    for (position, label) in labels.enumerated() {
      let middle = (Double(position) + 0.5) * cell
      picture.text(cell < 30 ? String(label.prefix(2)) : String(label.prefix(4)), left + middle, 40, anchor: .middle)
      picture.text(label, left - 8, 48 + middle + 4, anchor: .end)
    }
    for (row, counts) in quality.confusion.enumerated() {
      drawRow(counts, row, at: (left, 48 + Double(row) * cell), cell: cell, on: &picture)
    }
    return picture
  }

  private static func drawRow(
    _ counts: [Int], _ row: Int, at origin: (x: Double, y: Double), cell: Double, on picture: inout Drawing
  ) {
    let sum = counts.reduce(0, +)
    for (column, count) in counts.enumerated() {
      let x = origin.x + Double(column) * cell
      let shade = HeatShade(count: count, of: sum, isRight: column == row)
      picture.rectangle(x + 0.5, origin.y + 0.5, cell - 1, cell - 1, class: "ground")
      if count > 0 {
        let name = column == row ? "heat" : "miss"
        picture.rectangle(x + 0.5, origin.y + 0.5, cell - 1, cell - 1, class: name, opacity: shade.opacity)
      }
      guard count > 0, cell >= 30 else { continue }
      picture.text(
        "\(count)", x + cell / 2, origin.y + cell / 2 + 4, anchor: .middle,
        class: "cell \(shade.ink.rawValue)")
    }
  }

  private static func shortened(_ label: String) -> String {
    label.count <= 16 ? label : label.prefix(15) + "…"
  }
}
