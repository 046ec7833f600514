// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension ReportDocument {
  /// What was tried, in place of everything that shows figures.
  static func rehearsal(_ rehearsal: ReportedRehearsal) -> Section {
    let table = ReportTable(
      caption: "What was done of each variant.", columns: [.text("Variant"), .text("Done")],
      rows: rehearsal.variants.map { ReportTable.Row($0.name, [Cell($0.steps.joined(separator: ", "))]) })
    return Section(
      name: "variants", title: "Rehearsed",
      blocks: [
        .table(table), .paragraph("Done otherwise than the recipe says, because this is a rehearsal:"),
        .list(rehearsal.shortcuts),
      ])
  }
}

extension Headline {
  /// The words on top of a rehearsal's report.
  init(_ rehearsal: ReportedRehearsal, warnings: [String]) {
    let count = rehearsal.variants.count
    self.init(
      sentence: "This is a rehearsal, not a result: every stage of \(count == 1 ? "the recipe" : "\(count) variants") "
        + "was done once, as short as it can be.",
      support: "It has no figures: they would mean nothing.", doubts: warnings)
  }
}
