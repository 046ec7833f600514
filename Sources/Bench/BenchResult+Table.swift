// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Reports
internal import Statistics

extension BenchResult {
  /// The rows as a table for a terminal, with what can't run and what was assumed below it.
  public var table: String {
    let judged = rows.contains { $0.measurement?.quality != nil }
    var columns: [TextTable.Column] = [
      .init("model"), .init("precision"), .init("runtime"), .init("threads", .trailing), .init("batch", .trailing),
      .init("median latency", .trailing), .init("95 % interval", .trailing), .init("p99", .trailing),
      .init("samples/s", .trailing), .init("size", .trailing), .init("peak memory", .trailing),
      .init("worst difference", .trailing),
    ]
    if judged { columns += [.init("accuracy", .trailing), .init("95 % interval", .trailing)] }
    let cells = rows.map { row in
      (Self.cells(row, judged: judged)).map { $0.replacing(NumberText.narrowSpace, with: " ") }
    }
    return ([TextTable(columns: columns, rows: cells).render()] + remarks(judged: judged)).joined(separator: "\n")
  }

  private static func cells(_ row: BenchRow, judged: Bool) -> [String] {
    let combination = row.combination
    let head = [
      combination.model, combination.precision.rawValue, combination.runtime, "\(combination.threads)",
      "\(combination.batch)",
    ]
    guard let measurement = row.measurement else { return head + ["failed"] }
    let figures = [
      NumberText.time(measurement.latency.summary.median) + (measurement.verdict.isClean ? "" : " !"),
      NumberText.timeInterval(measurement.latency.medianInterval), NumberText.time(measurement.latency.summary.p99),
      row.throughput.map { NumberText.significant($0.samplesPerSecond) } ?? "",
      NumberText.bytes(measurement.model.byteCount),
      measurement.resources.peakResidentBytes.max().map(NumberText.bytes) ?? "", difference(row),
    ]
    guard judged else { return head + figures }
    return head + figures + [
      measurement.quality.map { NumberText.percent($0.accuracy) } ?? "not measured",
      measurement.quality.map { NumberText.percentInterval($0.accuracyInterval) } ?? "",
    ]
  }

  private static func difference(_ row: BenchRow) -> String {
    if let difference = row.difference {
      let share = difference.worstOfRange.map { " (\(NumberText.percent($0, decimals: 2)))" } ?? ""
      return NumberText.significant(difference.worst) + share
    }
    return row.differenceNote == nil ? "reference" : "not compared"
  }

  private func remarks(judged: Bool) -> [String] {
    var lines: [String] = []
    if rows.contains(where: { $0.difference != nil }) {
      lines.append("worst difference: the largest between an output and the original's, and its share of their range")
    }
    if !judged { lines.append("verdict: not judged, since there is no labelled data (--data)") }
    for row in rows {
      if let failure = row.failure { lines.append("failed: \(row.combination.name): \(failure)") }
      if let note = row.differenceNote { lines.append("not compared: \(row.combination.name): \(note)") }
    }
    lines += marks
    lines += Self.grouped(refused)
    lines += notes.map { "note: \($0)" }
    return lines
  }

  /// What disturbed the measurement, each mark once, with the rows that it is about if it isn't about all.
  private var marks: [String] {
    let measured = rows.filter { $0.measurement != nil }
    var groups: [(mark: String, names: [String])] = []
    for row in measured {
      for mark in row.measurement?.verdict.marks ?? [] {
        if let index = groups.firstIndex(where: { $0.mark == mark }) {
          groups[index].names.append(row.combination.name)
        } else {
          groups.append((mark, [row.combination.name]))
        }
      }
    }
    return groups.map { group in
      group.names.count == measured.count
        ? "! all: \(group.mark)" : "! \(group.names.joined(separator: "; ")): \(group.mark)"
    }
  }

  /// Combinations that can't run for the same reason, in one line.
  private static func grouped(_ refused: [RefusedCase]) -> [String] {
    var groups: [(key: String, reason: String)] = []
    for entry in refused {
      let combination = entry.combination
      let key = "\(combination.model) \(combination.precision.rawValue) in \(combination.runtime)"
      if !groups.contains(where: { $0.key == key && $0.reason == entry.reason }) { groups.append((key, entry.reason)) }
    }
    return groups.map { "can't run: \($0.key): \($0.reason)" }
  }
}
