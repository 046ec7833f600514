// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Statistics

extension ReportDocument {
  /// The table of the variants and the front.
  static func variants(_ report: RunReport) -> Section {
    var blocks: [Block] = [.table(variantTable(report))]
    if let figure = ParetoFigure.figure(of: report) { blocks.append(.figure(figure)) }
    return Section(name: "variants", title: "Variants", blocks: blocks)
  }

  private static func variantTable(_ report: RunReport) -> ReportTable {
    ReportTable(
      caption: "Quality and cost of the variants, each measured on the very file that ships; "
        + "ranges are 95 % intervals, ★ marks the front.",
      columns: [
        .text("Variant"), .number("Accuracy"), .number("Median latency"), .number("p99"), .number("Model size"),
        .number("Peak memory"), .text("Front"),
      ],
      rows: rows(report) { variant in
        let latency = variant.measurement.latency
        return [
          accuracyCell(variant),
          Cell(
            NumberText.time(latency.summary.median), detail: NumberText.timeInterval(latency.medianInterval)),
          Cell(NumberText.time(latency.summary.p99)),
          Cell(NumberText.bytes(variant.measurement.model.byteCount)),
          Cell(NumberText.bytes(variant.peakResidentBytes)),
          variant.isOnFront ? Cell("★", style: .star) : .none,
        ]
      })
  }

  private static func accuracyCell(_ variant: ReportedVariant) -> Cell {
    guard let quality = variant.measurement.quality else { return .none }
    return Cell(
      NumberText.percent(quality.accuracy), detail: NumberText.percentInterval(quality.accuracyInterval))
  }

  /// One row for each variant.
  static func rows(_ report: RunReport, _ cells: (ReportedVariant) -> [Cell]) -> [ReportTable.Row] {
    report.variants.enumerated().map { index, variant in
      ReportTable.Row(variant.name, series: Series(index: index), cells(variant))
    }
  }

  /// Variants on the same items.
  static func comparisons(_ report: RunReport) -> Section {
    let blocks = report.comparisons.flatMap { comparison -> [Block] in
      guard let finding = ComparisonFinding(comparison, in: report) else { return [] }
      let heading = Block.heading("\(comparison.candidate) against \(comparison.baseline)")
      let texts: [Block] = [
        .paragraph("\(finding.speedSentence) \(finding.accuracySentence)"), .paragraph(finding.testSentences),
      ]
      return [heading] + texts + (comparison.discordantItems.isEmpty ? [] : [.discordant(comparison)])
    }
    return Section(name: "comparisons", title: "Compared on the same items", blocks: blocks)
  }
}
