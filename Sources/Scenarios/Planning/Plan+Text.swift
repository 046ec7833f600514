// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Recipes
internal import Reports

extension Plan {
  /// The plan for a terminal: the stages with what they wait for, what is fetched, what nobody chose, and the sums.
  public var text: String {
    let parts = [rehearsalText, stageTable, fetchTable, valueTable, summary].filter { !$0.isEmpty }
    return parts.joined(separator: "\n\n").replacing(NumberText.narrowSpace, with: " ")
  }

  /// The sums in one or two lines: what runs, bytes to fetch, estimated time.
  public var summary: String {
    let conditional = stages.count { if case .runsUnlessUnchanged = $0.state { true } else { false } }
    let runs = stages.count - cached.count - conditional
    var words = ["\(runs) of \(stages.count) stages run"]
    if conditional > 0 { words.append("\(conditional) may have to") }
    words.append("\(cached.count) cached")
    return "\(words.joined(separator: ", ")). \(fetchText) \(timeText)\(goalText)"
      .replacing(NumberText.narrowSpace, with: " ")
  }

  private var rehearsalText: String {
    guard let rehearsal else { return "" }
    return (["A rehearsal: everything is tried, and no figure is a result."] + rehearsal.map { "  \($0)" })
      .joined(separator: "\n")
  }

  private var goalText: String {
    guard let goal, goal != .report else { return "" }
    return " It ends after the stage '\(goal.rawValue)'."
  }

  private var fetchText: String {
    guard !fetches.isEmpty else { return "Nothing to fetch." }
    let unknown = fetches.count { $0.artifact.byteCount == nil }
    let rest = unknown > 0 ? " and \(unknown) of unknown size" : ""
    return "\(NumberText.bytes(fetchBytes))\(rest) to fetch."
  }

  private var timeText: String {
    guard cached.count < stages.count else {
      return (goal ?? .report) == .report
        ? "Nothing to do but the report." : "Nothing to do but to hand over what is there."
    }
    guard let workSeconds, let clockSeconds else { return "No earlier stage says how long it takes." }
    let rest = unknownTimes > 0 ? ", without \(unknownTimes) of unknown time" : ""
    return "About \(NumberText.time(clockSeconds)) (\(NumberText.time(workSeconds)) of work)\(rest)."
  }

  private var stageTable: String {
    let columns: [TextTable.Column] = [
      .init("", .trailing), .init("stage"), .init("state"), .init("time", .trailing), .init("memory", .trailing),
      .init("after"), .init("why"),
    ]
    return TextTable(columns: columns, rows: stages.flatMap(rows)).render()
  }

  /// A stage's row, and one more for each further reason.
  private func rows(_ stage: PlannedStage) -> [[String]] {
    let reasons = reasons(stage)
    let after = stage.dependencies.map { "\($0 + 1)" }.joined(separator: ", ")
    let first = [
      "\(stage.id + 1)", stage.label, stateWord(stage), timeText(stage), memoryText(stage), after, reasons.first ?? "",
    ]
    return [first] + reasons.dropFirst().map { ["", "", "", "", "", "", $0] }
  }

  private func stateWord(_ stage: PlannedStage) -> String {
    switch stage.state {
    case .cached: "cached"
    case .runs: "runs"
    case .runsUnlessUnchanged: "may run"
    }
  }

  private func timeText(_ stage: PlannedStage) -> String {
    if case .cached(_, let seconds) = stage.state { return NumberText.time(seconds) }
    guard let time = stage.time else { return "unknown" }
    return "~\(NumberText.time(time.seconds)) (of \(time.samples))"
  }

  private func memoryText(_ stage: PlannedStage) -> String {
    guard !stage.state.isCached else { return "" }
    return (stage.memory.origin == .assumed ? "~" : "") + NumberText.bytes(stage.memory.bytes)
  }

  private func reasons(_ stage: PlannedStage) -> [String] {
    var words: [String]
    switch stage.state {
    case .cached(let finished, _):
      return ["ran \(NumberText.date(finished))"]
    case .runsUnlessUnchanged(let stages):
      words = ["runs unless \(list(stages)) \(stages.count == 1 ? "gives" : "give") the same result as before"]
    case .runs(let reasons):
      words = reasons.flatMap(self.words)
    }
    if stage.needsMachineAlone { words.append("waits until nothing else of Galley runs on this machine") }
    return words
  }

  private func words(_ reason: RunReason) -> [String] {
    switch reason {
    case .neverRan: ["never ran here"]
    case .differs(let label, let differences):
      differences.isEmpty
        ? [label == nil ? "earlier ones don't say what they depended on" : "this version of Galley does it otherwise"]
        : differences.map(\.description)
    case .lostArtifacts(let names): ["missing or damaged in the pantry: \(names.joined(separator: ", "))"]
    case .awaitsFetch(let name): ["\(name) is fetched first"]
    case .follows(let stages): ["\(list(stages)) \(stages.count == 1 ? "runs" : "run")"]
    }
  }

  private func list(_ positions: [Int]) -> String {
    positions.filter(stages.indices.contains).map { "'\(stages[$0].label)'" }.joined(separator: ", ")
  }

  private var fetchTable: String {
    guard !fetches.isEmpty else { return "" }
    let columns: [TextTable.Column] = [
      .init("to fetch"), .init("size", .trailing), .init("licence"), .init("from"), .init("for"),
    ]
    let rows = fetches.map { fetch in
      [
        fetch.artifact.name, fetch.artifact.byteCount.map(NumberText.bytes) ?? "unknown",
        fetch.artifact.licence ?? "not said", fetch.artifact.origins.first ?? "nowhere known",
        fetch.variants.joined(separator: ", "),
      ]
    }
    return TextTable(columns: columns, rows: rows).render()
  }

  private var valueTable: String {
    guard !automaticValues.isEmpty else { return "" }
    let rows = automaticValues.map { value in
      let variants = value.variants.isEmpty ? "" : " (\(value.variants.joined(separator: ", ")))"
      return [value.path, value.value, value.origin + variants]
    }
    return TextTable(columns: [.init("not chosen"), .init("value"), .init("from")], rows: rows).render()
  }
}
