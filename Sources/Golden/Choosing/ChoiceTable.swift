// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Statistics

/// The rows of a choice: what is compared, what must be equal, what tells how sure a value is.
struct ChoiceTable {
  /// What must be the same in all rows that are compared, with the column's name in words.
  static let common: [(words: String, column: String)] = [
    ("task", "task"), ("target", "target"), ("hardware", "hardware"), ("batch", "batch"),
    ("accuracy metric", "accuracy_metric"), ("subset", "subset"),
  ]

  private static let names =
    [
      "id", "variant", "status", "data_digest", "data_name", "model_digest", "model_family", "backbone", "optimizer",
      "scheduler", "input_height", "input_width", "precision", "runtime", "threads", "processes", "latency_sigma_s",
    ] + common.map(\.column)

  let count: Int
  private let columns: [String: [GoldenValue]]

  /// Reads what a choice over some columns needs.
  init(
    _ volumes: GoldenVolumes, _ condition: GoldenCondition, _ metrics: [GoldenColumn]
  ) throws(GalleyError) {
    let bounds = metrics.flatMap { [Self.bound("lower", of: $0), Self.bound("upper", of: $0)] }
    let wanted = Set(Self.names + metrics.map(\.name) + bounds)
    let chosen = GoldenColumn.all.filter { wanted.contains($0.name) }
    let table = try volumes.table(
      chosen, where: condition.and(.usable), order: .byID)
    count = table.rows.count
    var columns: [String: [GoldenValue]] = [:]
    for (position, name) in table.columns.enumerated() { columns[name] = table.rows.map { $0[position] } }
    self.columns = columns
  }

  func texts(_ column: String) -> [String] { columns[column]?.map(\.plain) ?? Array(repeating: "", count: count) }

  func numbers(_ column: String) -> [Double] {
    columns[column]?.map { $0.number ?? .nan } ?? Array(repeating: .nan, count: count)
  }

  /// The data of each row: its digest, or its name where there is no digest.
  var data: [String] {
    zip(texts("data_digest"), texts("data_name")).map { $0.isEmpty ? $1 : String($0.prefix(12)) }
  }

  /// The configuration that a row is of, whatever it was judged on.
  var configurations: [String] {
    joined(["variant", "model_family", "backbone", "input_height", "input_width", "precision", "runtime", "threads"])
  }

  var families: [String] { joined(["model_family", "backbone"]) }

  private func joined(_ names: [String]) -> [String] {
    let parts = names.map(texts)
    return (0..<count).map { row in parts.map { $0[row] }.joined(separator: "\u{1F}") }
  }

  // MARK: What must be equal

  /// What differs between rows that can't be compared so; empty if nothing does.
  func differences(ignoringData: Bool) -> [String] {
    var found: [String] = []
    let columns = Self.common.map { ($0.words, texts($0.column)) } + (ignoringData ? [] : [("data", data)])
    for (words, values) in columns {
      // Where these aren't known they say nothing; an unknown machine or unknown data can't be taken for a known one.
      let mayBeUnknown = ["batch", "accuracy metric", "subset"].contains(words)
      let different = Set(values).subtracting(mayBeUnknown ? [""] : []).sorted()
      guard different.count > 1 else { continue }
      let shown = different.prefix(6).map { $0.isEmpty ? "unknown" : $0 }.joined(separator: ", ")
      found.append("\(words): \(shown)" + (different.count > 6 ? " and \(different.count - 6) more" : ""))
    }
    return found
  }

  // MARK: How sure a value is

  /// Standard deviations over repetitions: relative for latencies; `nil` if none is known.
  func deviations(of column: GoldenColumn) -> [Double]? {
    let values = numbers(column.name)
    let found: [Double]
    if column.name == "latency_s" {
      found = zip(numbers("latency_sigma_s"), values).map { $0 / $1 }
    } else {
      // A 95 % interval is 1.96 standard deviations to either side.
      let (lower, upper) = (numbers(Self.bound("lower", of: column)), numbers(Self.bound("upper", of: column)))
      let width = zip(upper, lower).map { ($0 - $1) / 3.919928 }
      found = column.unit == .fraction ? width : zip(width, values).map { $0 / $1 }
    }
    let usable = found.map { $0.isFinite && $0 >= 0 ? $0 : .nan }
    return usable.allSatisfy(\.isNaN) ? nil : usable
  }

  /// Rows with the same number share the measurement of their accuracy: the same file on the same data; without a file's
  /// digest, one training with one accuracy.
  func accuracyMeasurements(of column: GoldenColumn) -> [Int?] {
    let models = texts("model_digest")
    let trainings = joined(["model_family", "backbone", "input_height", "input_width", "optimizer", "scheduler"])
    let values = numbers(column.name)
    let data = data
    var numbers: [String: Int] = [:]
    return (0..<count).map { row in
      guard values[row].isFinite else { return nil }
      let key = models[row].isEmpty ? "\(trainings[row])\u{1F}\(values[row])" : models[row]
      let place = "\(key)\u{1F}\(data[row])"
      let number = numbers[place] ?? numbers.count
      numbers[place] = number
      return number
    }
  }

  /// The column that holds an end of a column's interval.
  private static func bound(_ end: String, of column: GoldenColumn) -> String {
    "\(column.stem)_\(end)\(column.unitSuffix)"
  }
}
