// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// A confusion matrix as a table whose cells are shaded, with precision and recall at its edges.
struct ConfusionTable {
  /// The most classes that a matrix shows; beyond them the most frequent mistakes are listed.
  private static let largestClassCount = 20
  /// The most mistakes that are listed.
  private static let largestMistakeCount = 20

  let variant: ReportedVariant
  let index: Int

  /// The table; empty if the quality was not measured.
  var markup: Markup {
    guard let quality = variant.measurement.quality else { return .empty }
    let body = quality.classes.count <= Self.largestClassCount ? matrix(quality) : lists(quality)
    return """
      <div class="matrix" id="confusion-\(index + 1)">
      <h3>\(variant.name)</h3>
      \(body)
      </div>
      """
  }

  // MARK: Few classes

  private func matrix(_ quality: ClassificationQuality) -> Markup {
    let classes = quality.classes
    let heads = classes.map { "<th scope=\"col\"><span>\($0.label)</span></th>" as Markup }
    let rows = zip(classes, quality.confusion).enumerated().map { row, pair in
      self.row(pair.0, pair.1, at: row)
    }
    let precisions = classes.map { "<td>\(Self.short($0.precision))</td>" as Markup }
    let isTall = classes.contains { TextTable.width(of: $0.label) > 4 }
    let style: Markup = isTall ? " class=\"tall\"" : ""
    let caption = "Rows are true classes, columns answers; \(NumberText.whole(quality.itemCount)) test items."
    return """
      <div class="scroll" role="group" tabindex="0" aria-label="Confusion matrix of \(variant.name)"><table\(style)>
      <caption>\(caption)</caption>
      <thead><tr><td></td>\(heads.joined())<th scope="col" class="figures">recall</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody>
      <tfoot><tr><th scope="row">precision</th>\(precisions.joined())<td></td></tr></tfoot>
      </table></div>
      """
  }

  private func row(_ quality: ClassQuality, _ counts: [Int], at row: Int) -> Markup {
    let sum = counts.reduce(0, +)
    let cells = counts.enumerated().map { column, count -> Markup in
      guard count > 0 else { return "<td class=\"zero\">0</td>" }
      let shade = HeatShade(count: count, of: sum, isRight: column == row)
      let name = "\(column == row ? "hit" : "wrong") \(shade.ink.rawValue)"
      return "<td class=\"\(name)\" style=\"--v:\(shade.opacity)\">\(count)</td>"
    }
    return """
      <tr><th scope="row"><span>\(quality.label)</span></th>\(cells.joined())\
      <td class="figures">\(Self.short(quality.recall))</td></tr>
      """
  }

  /// A fraction in per cent without its sign; `–` where it has no value.
  private static func short(_ fraction: Double?) -> String {
    fraction.map { $0 >= 1 ? "100" : NumberText.fixed($0 * 100, decimals: 1) } ?? "–"
  }

  // MARK: Many classes

  private func lists(_ quality: ClassificationQuality) -> Markup {
    classTable(quality).markup + "\n" + mistakeTable(quality).markup
  }

  private func classTable(_ quality: ClassificationQuality) -> ReportTable {
    ReportTable(
      caption: "Precision and recall of each class.",
      columns: [.text("Class"), .number("Items"), .number("Precision"), .number("Recall")],
      rows: quality.classes.map { figures in
        ReportTable.Row(
          figures.label,
          [
            Cell(NumberText.whole(figures.support)), Cell(figures.precision.map { NumberText.percent($0) } ?? "–"),
            Cell(figures.recall.map { NumberText.percent($0) } ?? "–"),
          ])
      })
  }

  private func mistakeTable(_ quality: ClassificationQuality) -> ReportTable {
    let labels = quality.classes.map(\.label)
    let mistakes = zip(labels.indices, quality.confusion).flatMap { truth, counts in
      zip(labels.indices, counts).filter { $0.0 != truth && $0.1 > 0 }.map { (truth, $0.0, $0.1) }
    }
    let most = mistakes.sorted { ($1.2, $0.0, $0.1) < ($0.2, $1.0, $1.1) }.prefix(Self.largestMistakeCount)
    return ReportTable(
      caption: "The most frequent mistakes.", columns: [.text("Truth"), .text("Answer"), .number("Items")],
      rows: most.map { ReportTable.Row(labels[$0.0], [Cell(labels[$0.1]), Cell(NumberText.whole($0.2))]) })
  }
}
