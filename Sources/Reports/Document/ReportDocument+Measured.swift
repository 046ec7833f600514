// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Statistics

extension ReportDocument {
  /// Latency, the phases around it, and whether the figures can be trusted.
  static func speed(_ report: RunReport) -> Section {
    guard let figure = LatencyFigure.figure(of: report) else {
      return Section(name: "speed", title: "Speed", blocks: [])
    }
    return Section(
      name: "speed", title: "Speed",
      blocks: [
        .figure(figure), .table(latencyTable(report)), .table(phaseTable(report)), .heading("Verdict"),
        .list(verdicts(report)),
      ])
  }

  private static func latencyTable(_ report: RunReport) -> ReportTable {
    ReportTable(
      caption: "Latency of one inference: the runtime’s call alone, over all inferences of all processes.",
      columns: [
        .text("Variant"), .number("Minimum"), .number("Median"), .number("Mean ± sd"), .number("p90"), .number("p95"),
        .number("p99"), .number("Maximum"), .number("Inferences"),
      ],
      rows: rows(report) { variant in
        let summary = variant.measurement.latency.summary
        return [
          Cell(NumberText.time(summary.minimum)), Cell(NumberText.time(summary.median)),
          Cell(NumberText.time(summary.mean), detail: "± " + NumberText.time(summary.standardDeviation)),
          Cell(NumberText.time(summary.p90)), Cell(NumberText.time(summary.p95)), Cell(NumberText.time(summary.p99)),
          Cell(NumberText.time(summary.maximum)), Cell(NumberText.whole(summary.count)),
        ]
      })
  }

  private static func phaseTable(_ report: RunReport) -> ReportTable {
    let decodes = report.variants.contains { $0.measurement.phases.decoding != nil }
    let decoding = decodes ? [ReportTable.Column.number("Of which decoding")] : []
    return ReportTable(
      caption: "Phases of a use, each measured apart; medians, end to end measured as one.",
      columns: [
        .text("Variant"), .number("Load"), .number("First inference"), .number("Preprocessing"),
      ] + decoding + [.number("Inference"), .number("Postprocessing"), .number("End to end")],
      rows: rows(report) { variant in
        let phases = variant.measurement.phases
        let inference = variant.measurement.latency.summary
        let all: [Summary?] =
          [phases.load, phases.firstInference, phases.preprocessing] + (decodes ? [phases.decoding] : [])
          + [inference, phases.postprocessing, phases.endToEnd]
        return all.map { phase in phase.map { Cell(NumberText.time($0.median)) } ?? .none }
      })
  }

  private static func verdicts(_ report: RunReport) -> [String] {
    let all = report.variants.map(\.measurement.verdict)
    if all.allSatisfy({ $0.isClean && $0.marks.isEmpty }) { return ["Clean: nothing disturbed the measurements."] }
    return report.variants.map(verdict)
  }

  private static func verdict(_ variant: ReportedVariant) -> String {
    let verdict = variant.measurement.verdict
    let marks = verdict.marks.isEmpty ? "" : " " + verdict.marks.joined(separator: " ")
    return "\(variant.name): \(verdict.isClean ? "clean, nothing disturbed the measurement." : "disturbed.")\(marks)"
  }

  /// Confusion matrices.
  static func quality(_ report: RunReport) -> Section {
    let blocks = report.variants.enumerated().compactMap { index, variant -> Block? in
      variant.measurement.quality == nil ? nil : .confusion(variant, index: index)
    }
    return Section(name: "quality", title: "Quality by class", blocks: blocks)
  }

  /// Training, export and optimization.
  static func training(_ report: RunReport) -> Section {
    var blocks: [Block] = []
    if let figure = TrainingFigure.figure(of: report) { blocks.append(.figure(figure)) }
    if report.variants.contains(where: { $0.training != nil }) { blocks.append(.table(trainingTable(report))) }
    if report.variants.contains(where: { $0.certificate != nil }) { blocks.append(.table(certificateTable(report))) }
    let origins = origins(report)
    if !origins.isEmpty { blocks += [.heading("Origin of models and weights"), .list(origins)] }
    let notes = report.variants.filter { !$0.optimizationNotes.isEmpty }
      .map { "\($0.name): \($0.optimizationNotes.joined(separator: " "))" }
    if !notes.isEmpty { blocks += [.heading("Optimization"), .list(notes)] }
    return Section(name: "training", title: "Training and export", blocks: blocks)
  }

  private static func trainingTable(_ report: RunReport) -> ReportTable {
    ReportTable(
      caption: "Training of the variants; variants that share a training show the same figures.",
      columns: [
        .text("Variant"), .text("Architecture"), .number("Epochs"), .number("Epoch kept"), .number("Time"),
        .number("Seed"),
      ],
      rows: rows(report) { variant in
        guard let training = variant.training else {
          return [Cell(variant.architecture)] + [.none, .none, .none, .none]
        }
        return [
          Cell(variant.architecture), Cell(NumberText.whole(training.epochs)),
          Cell(NumberText.whole(training.bestEpoch)), Cell(NumberText.time(training.seconds)),
          Cell(String(training.seed)),
        ]
      })
  }

  private static func certificateTable(_ report: RunReport) -> ReportTable {
    ReportTable(
      caption: "Export certificate: the same items through the trained model and through the exported one; "
        + "differences of the scores.",
      columns: [
        .text("Variant"), .number("Largest difference"), .number("Mean difference"), .number("Tolerance"),
        .number("Items"), .text("Verdict"),
      ],
      rows: rows(report) { variant in
        guard let certificate = variant.certificate else { return [.none, .none, .none, .none, .none] }
        return [
          Cell(NumberText.significant(certificate.maximumDifference)),
          Cell(NumberText.significant(certificate.meanDifference)), Cell(NumberText.significant(certificate.tolerance)),
          Cell(NumberText.whole(certificate.sampleCount)), Cell(certificate.holds ? "equal" : "not equal"),
        ]
      })
  }

  /// Memory and processor.
  static func resources(_ report: RunReport) -> Section {
    let table = ReportTable(
      caption: "What the measuring processes used: the largest of all processes, processor use as a median.",
      columns: [
        .text("Variant"), .number("Model size"), .number("Memory before load"), .number("Peak memory"),
        .number("Processor use"),
      ],
      rows: rows(report) { variant in
        let resources = variant.measurement.resources
        return [
          Cell(NumberText.bytes(variant.measurement.model.byteCount)),
          Cell(NumberText.bytes(resources.baselineResidentBytes.max() ?? 0)),
          Cell(NumberText.bytes(variant.peakResidentBytes)),
          Cell(NumberText.fixed(resources.processorUse.median, decimals: 2) + " cores"),
        ]
      })
    return Section(name: "resources", title: "Resources", blocks: report.variants.isEmpty ? [] : [.table(table)])
  }
}
