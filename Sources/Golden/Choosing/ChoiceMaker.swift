// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Statistics

/// Makes a choice: reads the rows, proves that they can be compared, asks the mathematics.
struct ChoiceMaker {
  private let request: ChoiceRequest
  private let accuracy: GoldenColumn
  private let columns: [GoldenColumn]
  private let table: ChoiceTable
  private let relative: RelativeAccuracy?
  /// The row of the table that each candidate stands for.
  private let rows: [Int]

  init(_ volumes: GoldenVolumes, _ request: ChoiceRequest) throws(GalleyError) {
    self.request = request
    accuracy = try Self.objective(request.accuracy)
    guard accuracy.unit == .fraction else {
      throw Self.usage(
        "'\(request.accuracy)' is no accuracy", "Trade accuracy, framework_accuracy or relative_accuracy.")
    }
    var columns: [GoldenColumn] = []
    for name in request.metrics { columns.append(try Self.objective(name)) }
    guard !columns.isEmpty, Set(columns.map(\.name)).count == columns.count, !columns.contains(accuracy) else {
      throw Self.usage("a metric is named twice, or none is", "Name different metrics: --metric latency,size.")
    }
    self.columns = columns
    table = try ChoiceTable(volumes, request.condition, [accuracy] + columns + request.bounds.map(\.column))
    guard table.count > 0 else {
      throw GalleyError(
        .missingInput, "can't choose", why: "no row fulfils the condition", remedy: "galley golden list shows the rows."
      )
    }
    let differences = table.differences(ignoringData: request.isRelative || accuracy.name == "relative_accuracy")
    guard differences.isEmpty else {
      throw GalleyError(
        .usage, "can't compare these rows", why: "they differ in \(differences.joined(separator: "; "))",
        remedy: "Choose with --where, for instance \"target == 'local'\""
          + (differences.contains { $0.hasPrefix("data") } ? "; or compare over data sets with --relative." : "."))
    }
    if request.isRelative, accuracy.name != "relative_accuracy" {
      let found = RelativeAccuracy(
        values: table.numbers(accuracy.name), data: table.data, configurations: table.configurations)
      relative = found
      rows = found.entries.map(\.row)
    } else {
      relative = nil
      rows = Array(0..<table.count)
    }
  }

  func choice() throws(GalleyError) -> GoldenChoice {
    let metrics = [accuracyMetric()] + columns.enumerated().map { metric($1, named: request.metrics[$0]) }
    let candidates = candidates(metrics)
    do throws(ParetoRefusal) {
      let bounded = try constraints()
      var query = request.query
      if let digits = request.baselineID { query.baseline = try baseline(digits, candidates) }
      let answer = try query.answer(
        accuracy: metrics[0], against: Array(metrics.dropFirst()), rows: bounded?.feasible, weights: weights())
      return GoldenChoice(
        request: request, candidates: candidates, answer: answer, excluded: excluded(answer, bounded, candidates),
        feasible: bounded?.feasible.count, nearest: nearest(bounded, candidates), common: common(), notes: notes(),
        metrics: metrics, feasibleRows: bounded?.feasible)
    } catch {
      throw Self.refusal(error)
    }
  }

  static func refusal(_ error: ParetoRefusal) -> GalleyError {
    GalleyError(.usage, "can't choose", why: error.description)
  }

  private static func usage(_ why: String, _ remedy: String) -> GalleyError {
    GalleyError(.usage, "can't choose", why: why, remedy: remedy)
  }

  private static func objective(_ name: String) throws(GalleyError) -> GoldenColumn {
    let objectives = GoldenColumn.all.filter { $0.preference != nil }
    guard let column = GoldenColumn.named(name)?.column, column.preference != nil else {
      let names = objectives.flatMap { [$0.name] + $0.aliases.map(\.name) }
      throw usage(
        "'\(name)' is no metric",
        NearestName.match(name, in: names).map { "Did you mean '\($0)'?" }
          ?? "There is \(objectives.map(\.shortName).joined(separator: ", ")).")
    }
    return column
  }

  // MARK: Metrics

  private func accuracyMetric() -> ParetoMetric {
    if let relative {
      let deviations = relative.entries.map(\.deviation)
      return ParetoMetric(
        request.accuracy, .quality, values: relative.entries.map(\.value),
        deviations: deviations.allSatisfy(\.isNaN) ? nil : deviations, tolerance: request.tolerances[request.accuracy])
    }
    return ParetoMetric(
      request.accuracy, .quality, values: table.numbers(accuracy.name), deviations: table.deviations(of: accuracy),
      measurements: table.accuracyMeasurements(of: accuracy), tolerance: request.tolerances[request.accuracy])
  }

  private func metric(_ column: GoldenColumn, named name: String) -> ParetoMetric {
    let quantity: ParetoMetric.Quantity =
      switch column.unit {
      case .seconds: .time
      case .joules, .watts: .energy
      case .perSecond: .rate
      case .fraction: .quality
      default: .size
      }
    let values = table.numbers(column.name)
    let deviations = table.deviations(of: column)
    let tolerance = request.tolerances[name]
    guard let relative else {
      return ParetoMetric(name, quantity, values: values, deviations: deviations, tolerance: tolerance)
    }
    // A configuration that was measured on several data sets has several values; the median stands for it.
    return ParetoMetric(
      name, quantity,
      values: relative.entries.map { entry in
        Percentile.median(entry.rows.map { values[$0] }.filter(\.isFinite)) ?? .nan
      }, deviations: deviations.map { all in relative.entries.map { all[$0.row] } }, tolerance: tolerance)
  }

  private func weights() -> [Double]? {
    guard request.weighsFamilies else { return nil }
    let families = table.families
    let sizes = Dictionary(grouping: rows) { families[$0] }.mapValues(\.count)
    return rows.map { 1 / Double(sizes[families[$0]] ?? 1) }
  }

  private func candidates(_ metrics: [ParetoMetric]) -> [GoldenChoice.Candidate] {
    let (ids, names) = (table.texts("id"), table.texts("variant"))
    return rows.enumerated().map { position, row in
      GoldenChoice.Candidate(
        id: ids[row], name: names[row], values: metrics.map { $0.values[position] },
        interval: relative?.entries[position].interval)
    }
  }

  private func baseline(_ digits: String, _ candidates: [GoldenChoice.Candidate]) throws(ParetoRefusal) -> Int {
    guard let row = candidates.firstIndex(where: { $0.id.hasPrefix(digits.lowercased()) }) else {
      throw .noSuchMetric("with the id \(digits), which is to be the baseline")
    }
    return row
  }

  // MARK: Bounds

  private func constraints() throws(ParetoRefusal) -> ConstraintAnswer? {
    guard !request.bounds.isEmpty else { return nil }
    var metrics: [ParetoMetric] = []
    for bound in request.bounds where !metrics.contains(where: { $0.name == bound.column.name }) {
      var found =
        bound.column == accuracy ? accuracyMetric() : metric(bound.column, named: bound.name)
      found.name = bound.column.name
      metrics.append(found)
    }
    return try ConstraintQuery(bounds: request.bounds.map(\.bound)).answer(from: metrics)
  }

  private func nearest(
    _ bounded: ConstraintAnswer?, _ candidates: [GoldenChoice.Candidate]
  ) -> [GoldenChoice.NearMiss] {
    bounded?.nearest.map { miss in
      GoldenChoice.NearMiss(
        candidate: candidates[miss.row],
        broken: miss.violations.compactMap { violation in
          request.bounds.first { $0.bound == violation.bound }.map { ($0, violation.value, violation.excess) }
        })
    } ?? []
  }

  // MARK: Words

  private func excluded(
    _ answer: ParetoAnswer, _ bounded: ConstraintAnswer?, _ candidates: [GoldenChoice.Candidate]
  ) -> [GoldenChoice.Excluded] {
    let (ids, names) = (table.texts("id"), table.texts("variant"))
    let left = (relative?.excluded ?? []).map {
      GoldenChoice.Excluded(id: ids[$0.row], name: names[$0.row], reason: $0.reason)
    }
    let found = Dictionary((bounded?.excluded ?? []).map { ($0.row, $0) } + answer.excluded.map { ($0.row, $0) }) { $1 }
    return left
      + found.sorted { $0.key < $1.key }.map { row, exclusion in
        GoldenChoice.Excluded(id: candidates[row].id, name: candidates[row].name, reason: exclusion.description)
      }
  }

  private func common() -> [(name: String, value: String)] {
    (ChoiceTable.common.map { ($0.words, table.texts($0.column)) } + [("data", table.data)]).compactMap {
      name, values in
      let different = Set(values).subtracting([""]).sorted()
      return different.isEmpty ? nil : (name, different.prefix(4).joined(separator: ", "))
    }
  }

  private func notes() -> [String] {
    var notes: [String] = []
    let statuses = Dictionary(grouping: table.texts("status")) { $0 }.mapValues(\.count)
    if let imported = statuses["imported"] {
      notes.append("\(imported) of \(table.count) rows were imported, not measured here.")
    }
    if let relative {
      notes.append(
        "Accuracies are divided by the best on the same data and averaged over \(relative.dataSets.count) data sets: "
          + relative.dataSets.joined(separator: ", ") + ".")
    }
    return notes
  }
}
