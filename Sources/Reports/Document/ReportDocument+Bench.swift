// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension ReportDocument {
  /// Throughput and differences of a bench, and what could not be measured.
  static func bench(_ report: RunReport) -> Section {
    guard let bench = report.bench else { return Section(name: "outputs", title: "Outputs", blocks: []) }
    var blocks: [Block] = bench.rows.isEmpty ? [] : [.table(benchTable(report, bench))]
    if !bench.notes.isEmpty { blocks += [.heading("Assumed"), .list(bench.notes)] }
    if !bench.refused.isEmpty {
      let rows = bench.refused.map { ReportTable.Row($0.what, [Cell($0.reason)]) }
      blocks.append(
        .table(
          ReportTable(caption: "What was not measured.", columns: [.text("Combination"), .text("Reason")], rows: rows)))
    }
    return Section(name: "outputs", title: "Outputs and throughput", blocks: blocks)
  }

  private static func benchTable(_ report: RunReport, _ bench: ReportedBench) -> ReportTable {
    ReportTable(
      caption: "Differences from the outputs of the original on the same inputs, over all elements; throughput with as "
        + "many inferences in flight as the runtime likes, median over the processes.",
      columns: [
        .text("Variant"), .number("Samples per second"), .number("In flight"), .number("Largest difference"),
        .number("Mean difference"), .text("In output"),
      ],
      rows: rows(report) { variant in
        guard let row = bench.rows.first(where: { $0.variant == variant.name }) else { return [] }
        let share = row.worstShare.map { NumberText.percent($0, decimals: 2) + " of the range" }
        return [
          row.samplesPerSecond.map { Cell(NumberText.significant($0)) } ?? .none,
          row.sessions.map { Cell(NumberText.whole($0)) } ?? .none,
          row.worstDifference.map { Cell(NumberText.significant($0), detail: share) } ?? .none,
          row.meanDifference.map { Cell(NumberText.significant($0)) } ?? .none, Cell(row.remark),
        ]
      })
  }
}
