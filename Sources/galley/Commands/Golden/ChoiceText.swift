// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Golden
internal import Reports
internal import Statistics

/// A choice as a terminal shows it.
struct ChoiceText {
  private let choice: GoldenChoice

  init(_ choice: GoldenChoice) { self.choice = choice }

  var text: String {
    var lines = choice.common.map { "\($0.name): \($0.value)" }
    let baseline = choice.answer.columns.dropFirst().first.flatMap { column in
      column.baseline.map { (column, choice.candidates[$0]) }
    }
    if let (column, row) = baseline {
      let value = GoldenTables.text(.real(column.baselineValue ?? .nan), choice.metricColumns.dropFirst().first)
      lines.append("baseline: \(row.name) (\(row.id.prefix(12))), \(value)")
    }
    lines += choice.notes
    if let feasible = choice.feasible {
      lines.append("\(feasible) of \(choice.candidates.count) rows keep the bounds.")
    }
    let body = choice.feasible == 0 ? nearest : choice.answer.rows.isEmpty ? "No row can be compared." : table
    return [lines.joined(separator: "\n"), body, excluded].filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  private var table: String {
    let answer = choice.answer
    var columns: [TextTable.Column] = [.init("rank", .trailing), .init("id"), .init("variant")]
    for (index, column) in choice.metricColumns.enumerated() {
      columns.append(.init(column.shortName, .trailing))
      if index > 0, index < answer.columns.count, answer.columns[index].baseline != nil {
        columns.append(.init(answer.columns[index].name, .trailing))
      }
    }
    if !answer.scores.isEmpty { columns += [.init("on the front", .trailing), .init("beaten by", .trailing)] }
    let rows = answer.rows.enumerated().map { rank, row in
      let candidate = choice.candidates[row]
      var cells = ["\(rank + 1)", String(candidate.id.prefix(12)), candidate.name]
      for (index, column) in choice.metricColumns.enumerated() {
        cells.append(value(candidate, index, column))
        if index > 0, index < answer.columns.count, answer.columns[index].baseline != nil {
          cells.append(NumberText.significant(answer.columns[index].chosen[rank]))
        }
      }
      if answer.scores.indices.contains(rank) {
        let score = answer.scores[rank]
        cells += [NumberText.percent(score.probability), NumberText.significant(score.expectedBetter)]
      }
      return cells
    }
    return TextTable(columns: columns, rows: rows).render()
  }

  /// Rows with their values, in the order given.
  func table(_ rows: [Int]) -> String {
    TextTable(
      columns: [.init("id"), .init("variant")] + choice.metricColumns.map { .init($0.shortName, .trailing) },
      rows: rows.map { row in
        let candidate = choice.candidates[row]
        return [String(candidate.id.prefix(12)), candidate.name]
          + choice.metricColumns.enumerated().map { value(candidate, $0, $1) }
      }
    ).render()
  }

  private func value(_ candidate: GoldenChoice.Candidate, _ index: Int, _ column: GoldenColumn) -> String {
    let text = GoldenTables.text(.real(candidate.values[index]), column)
    guard index == 0, let interval = candidate.interval else { return text }
    return "\(text) (\(NumberText.significant(interval.lower))–\(NumberText.significant(interval.upper)))"
  }

  private var nearest: String {
    let lines = choice.nearest.map { miss in
      let broken = miss.broken.map { bound, value, excess in
        let side = bound.isUpper ? "over" : "under"
        return "\(bound.name) \(GoldenTables.text(.real(value), bound.column)) is "
          + "\(GoldenTables.text(.real(excess), bound.column)) \(side) \(GoldenTables.text(.real(bound.value), bound.column))"
      }
      return "  \(miss.candidate.id.prefix(12)) \(miss.candidate.name): \(broken.joined(separator: "; "))"
    }
    return "The nearest:\n" + lines.joined(separator: "\n")
  }

  private var excluded: String {
    guard !choice.excluded.isEmpty else { return "" }
    let shown = choice.excluded.prefix(20).map { "  \($0.id.prefix(12)) \($0.name): \($0.reason)" }
    let more = choice.excluded.count > 20 ? ["  and \(choice.excluded.count - 20) more (--json lists all)"] : []
    return "Left out:\n" + (shown + more).joined(separator: "\n")
  }
}

/// A choice as programs read it, with LEIP's names where LEIP has them.
struct ChoiceDocument: Encodable {
  struct Score: Encodable {
    var paretoness: Double
    var expectedBetter: Double
  }

  struct Baseline: Encodable {
    var metric: String
    var id: String
    var value: Double
  }

  struct Miss: Encodable {
    var id: String
    var broken: [Broken]
  }

  struct Broken: Encodable {
    var column: String
    var value: Double
    var bound: Double
    var excess: Double
  }

  var ids: [String]
  var names: [String]
  var metrics: [String]
  var custom: [Double]
  var accuracy: [Double]
  var customName: String
  var accuracyName: String
  var customAll: [Double]
  var accuracyAll: [Double]
  var idsAll: [String]
  /// Values of every metric of the chosen rows, in the columns' units.
  var values: [String: [Double]]
  var front: [String]
  var scores: [Score]
  var baselines: [Baseline]
  var excluded: [GoldenChoice.Excluded]
  var feasible: Int?
  var nearest: [Miss]
  var common: [String: String]
  var notes: [String]

  private enum CodingKeys: String, CodingKey {
    case ids, names, metrics, values, front, scores, baselines, excluded, feasible, nearest, common, notes
    case custom = "metric_custom"
    case accuracy = "metric_accuracy"
    case customName = "metric_custom_name"
    case accuracyName = "metric_accuracy_name"
    case customAll = "metric_custom_all"
    case accuracyAll = "metric_accuracy_all"
    case idsAll = "ids_all"
  }

  init(_ choice: GoldenChoice) {
    let answer = choice.answer
    func ids(_ rows: [Int]) -> [String] { rows.map { choice.candidates[$0].id } }
    self.ids = ids(answer.rows)
    names = answer.rows.map { choice.candidates[$0].name }
    metrics = choice.metricNames
    let (quality, other) = (answer.columns.first, answer.columns.dropFirst().first)
    custom = other?.chosen ?? []
    accuracy = quality?.chosen ?? []
    customName = other?.name ?? ""
    accuracyName = quality?.name ?? ""
    customAll = other?.all ?? []
    accuracyAll = quality?.all ?? []
    idsAll = ids(answer.valid)
    values = Dictionary(
      choice.metricColumns.enumerated().map { index, column in
        (column.name, answer.rows.map { choice.candidates[$0].values[index] })
      }
    ) { first, _ in first }
    front = ids(answer.front)
    scores = answer.scores.map { Score(paretoness: $0.probability, expectedBetter: $0.expectedBetter) }
    baselines = answer.columns.compactMap { column in
      guard let row = column.baseline, let value = column.baselineValue else { return nil }
      return Baseline(metric: column.metric, id: choice.candidates[row].id, value: value)
    }
    excluded = choice.excluded
    feasible = choice.feasible
    nearest = choice.nearest.map { miss in
      Miss(
        id: miss.candidate.id,
        broken: miss.broken.map {
          Broken(column: $0.bound.column.name, value: $0.value, bound: $0.bound.value, excess: $0.excess)
        })
    }
    common = Dictionary(choice.common.map { ($0.name, $0.value) }) { first, _ in first }
    notes = choice.notes
  }
}
