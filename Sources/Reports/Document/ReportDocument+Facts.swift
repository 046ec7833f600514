// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

extension ReportDocument {
  /// Conditions and environment; what all variants share is said once.
  static func conditions(_ report: RunReport) -> Section {
    let facts: [(String, (Measurement) -> String)] = [
      ("Runtime", { "\($0.runtime.name) \($0.runtime.version)" }),
      ("Runtime’s configuration", { settings($0.runtime.configuration) }),
      ("Threads", { "\($0.conditions.threads)" }), ("Batch", { "\($0.conditions.batch)" }),
      ("Processes per variant", { "\($0.conditions.processes)" }),
      ("Blocks per process", { "\($0.conditions.blocks) of \($0.conditions.inferencesPerBlock) inferences" }),
      ("Warm-up inferences", { $0.conditions.warmUp.map { NumberText.whole($0) }.joined(separator: ", ") }),
      ("Turns", { turns($0.conditions) }),
      ("Measured on", { $0.conditions.subset.map { "\($0.rawValue) items" } ?? "samples" }),
      (
        "Processor",
        { "\($0.environment.processor), \($0.environment.processorCount) logical, \($0.environment.architecture)" }
      ),
      ("Extensions", { $0.environment.extensions.joined(separator: ", ") }),
      ("Memory", { NumberText.bytes($0.environment.memoryBytes) }),
      ("System", { "\($0.environment.system), \($0.environment.kernel)" }), ("Host", { $0.environment.host }),
      ("Frequency governor", { $0.environment.governor ?? "not shown by the kernel" }),
      ("Load before and after", { load($0.environment) }), ("Clock", { $0.environment.clock }),
      ("Measured at", { NumberText.date($0.environment.time) }),
    ]
    let rows = facts.map { name, value in ReportTable.Row(name, [Cell(shared(report, value))]) }
    let table = ReportTable(
      caption: "How and where the variants were measured.", columns: [.text("Condition"), .text("Value")], rows: rows)
    return Section(
      name: "conditions", title: "Conditions and environment", blocks: report.variants.isEmpty ? [] : [.table(table)])
  }

  /// A value that all variants share, or the value of each.
  private static func shared(_ report: RunReport, _ value: (Measurement) -> String) -> String {
    let values = report.variants.map { (name: $0.name, value: value($0.measurement)) }
    guard let first = values.first else { return "" }
    if values.allSatisfy({ $0.value == first.value }) { return first.value.isEmpty ? "none" : first.value }
    return values.map { "\($0.name): \($0.value)" }.joined(separator: "; ")
  }

  private static func settings(_ configuration: [String: String]) -> String {
    configuration.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
  }

  private static func turns(_ conditions: MeasurementConditions) -> String {
    guard !conditions.interleavedWith.isEmpty else { return "alone" }
    return "in random order (seed \(conditions.seed)) with \(conditions.interleavedWith.count) other models"
  }

  private static func load(_ environment: EnvironmentRecord) -> String {
    "\(NumberText.fixed(environment.loadBefore, decimals: 2)), "
      + NumberText.fixed(environment.loadAfter, decimals: 2)
  }

  /// The data set.
  static func data(_ report: RunReport) -> Section {
    guard let data = report.data else { return Section(name: "data", title: "Data", blocks: []) }
    let table = ReportTable(
      caption: "Items of each subset and class.",
      columns: [.text("Subset"), .number("Items")] + data.labels.map { .number($0) },
      rows: data.subsets.map { subset in
        ReportTable.Row(
          subset.subset.rawValue,
          [Cell(NumberText.whole(subset.count))] + subset.countsByClass.map { Cell(NumberText.whole($0)) })
      })
    let facts: [Block] = [
      .paragraph("\(data.name). Licence: \(data.licence)."), .paragraph("To cite: \(data.citation)"),
    ]
    return Section(name: "data", title: "Data", blocks: data.subsets.isEmpty ? facts : facts + [.table(table)])
  }

  /// Digests, stages and files.
  static func provenance(_ report: RunReport) -> Section {
    var blocks: [Block] = [.table(digestTable(report))]
    if !report.stages.isEmpty { blocks.append(.table(stageTable(report))) }
    if !report.outputs.isEmpty {
      let rows = report.outputs.map { ReportTable.Row($0.what, [Cell($0.path, style: .code)]) }
      blocks.append(
        .table(
          ReportTable(caption: "Files of this run.", columns: [.text("What"), .text("Where")], rows: rows)))
    }
    return Section(name: "provenance", title: "Provenance", blocks: blocks)
  }

  private static func digestTable(_ report: RunReport) -> ReportTable {
    var rows: [ReportTable.Row] = []
    if let recipe = report.recipe {
      rows.append(ReportTable.Row("Recipe \(recipe.name)", [Cell(recipe.digest.hex, style: .code)]))
    }
    if let data = report.data { rows.append(ReportTable.Row("Data set", [Cell(data.digest.hex, style: .code)])) }
    if let split = report.data?.split { rows.append(ReportTable.Row("Split", [Cell(split.hex, style: .code)])) }
    for variant in report.variants {
      let choices = variant.differences.map { "\($0.path) = \($0.value)" }.joined(separator: ", ")
      let model = variant.measurement.model
      if let recipe = variant.recipeDigest {
        rows.append(
          ReportTable.Row(
            "Recipe of \(variant.name)",
            [Cell(recipe.hex, detail: choices.isEmpty ? nil : choices, style: .code)]))
      }
      rows.append(
        ReportTable.Row(
          "Model of \(variant.name)",
          [Cell(model.digest.hex, detail: "\(model.format.rawValue), \(model.precision)", style: .code)]))
    }
    let libraries = Set(report.variants.compactMap { $0.measurement.runtime.libraryDigest })
    rows += libraries.sorted().map { ReportTable.Row("Runtime’s library", [Cell($0.hex, style: .code)]) }
    return ReportTable(
      caption: report.rehearsal == nil
        ? "SHA-256 of everything that the figures depend on; made by Galley \(report.galleyVersion)."
        : "SHA-256 of what was rehearsed with; made by Galley \(report.galleyVersion).",
      columns: [.text("What"), .text("Digest")], rows: rows)
  }

  private static func stageTable(_ report: RunReport) -> ReportTable {
    ReportTable(
      caption: "Stages of the run; a stage whose inputs and options did not change is not run again.",
      columns: [.text("Stage"), .text("Result"), .number("Time when run"), .text("Key")],
      rows: report.stages.map { stage in
        ReportTable.Row(
          stage.name,
          [
            Cell(stage.wasReused ? "reused" : "run"), Cell(NumberText.time(stage.seconds)),
            Cell(stage.key.short, style: .code),
          ])
      })
  }

  /// How to get the same again.
  static func repeating(_ report: RunReport) -> Section {
    let blocks =
      report.rehearsal == nil
      ? [.command(report.command), .paragraph(sameness(report))]
      : [
        Block.command(report.command), .paragraph("Without --rehearse the recipe is run for real."),
      ]
    return Section(name: "repeat", title: "Run it again", blocks: blocks)
  }

  private static func sameness(_ report: RunReport) -> String {
    report.bench == nil
      ? "The recipe’s seed makes training, split and quantization the same; times differ with the machine. All "
        + "figures of this report are in report.json, with their units."
      : "The seed makes drawn inputs and the order of turns the same; times differ with the machine. All figures "
        + "of this report are in report.json, with their units."
  }
}
