// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// A CSV file (RFC 4180) with a row for each step: `step`, `epoch`, `time`, then a column for each name in the order in
/// which the names first came. A value that a step doesn't have is an empty field; infinities and NaN are `inf`, `-inf`
/// and `nan`, as Python's `float` reads them.
///
/// A name that is new adds a column: the file is replaced by a whole one then. Values that come later for the last step
/// complete its row.
public struct CSVLogger: TrainingLogger {
  private static let fixed = ["step", "epoch", "time"]

  private let path: String
  private var columns: [String] = CSVLogger.fixed
  private var rows: CSVRows
  private var file: LogFile
  /// Where the last row begins, and what it holds.
  private var last: (place: Int, values: StepValues)?
  private var end = 0

  /// Opens a file.
  /// - Parameter firstStep: the first step of a run that is resumed: rows of that step and later are removed, and what
  ///   is left of a row that was cut. `nil` replaces an earlier file.
  /// - Throws: `GalleyError` if it can't be written, or an earlier file is not such a CSV file.
  public init(path: String, resumingAt firstStep: Int? = nil) throws(GalleyError) {
    self.path = path
    rows = CSVRows()
    if let firstStep {
      let earlier = try LogFile.earlier(path)
      if !earlier.isEmpty {
        rows = try CSVRows(earlier, at: path)
        if rows.header.isEmpty { rows.header = Self.fixed }
        guard Array(rows.header.prefix(3)) == Self.fixed, Set(rows.header).count == rows.header.count else {
          throw GalleyError(
            .badData, "can't resume the training log", at: path,
            why: "its columns are \(rows.header.joined(separator: ", ")), not \(Self.fixed.joined(separator: ", ")), …",
            remedy: "Move the file away, or choose another folder for logs.")
        }
        rows.records.removeAll { Int($0.first ?? "").map { $0 >= firstStep } ?? true }
        columns = rows.header
      }
    }
    rows.header = columns
    let bytes = rows.bytes
    try LogFile.replace(path, by: bytes)
    file = try LogFile(path)
    end = bytes.count
    rows.records = []
  }

  public mutating func log(_ scalars: [LoggedScalar]) throws(GalleyError) {
    for scalar in scalars where scalar.name.isEmpty || Self.fixed.contains(scalar.name) {
      throw GalleyError(
        .configuration, "can't write the training log", at: path, why: "a value is named '\(scalar.name)'",
        remedy: "Choose another name than \(Self.fixed.joined(separator: ", ")).")
    }
    try addColumns(scalars.map(\.name))
    for group in StepValues.grouped(scalars) {
      var (place, values) = (end, group)
      if let last, last.values.step == group.step {
        place = last.place
        values = last.values
        values.epoch = group.epoch ?? values.epoch
        values.wallTime = group.wallTime
        values.values += group.values
      }
      let row = CSVRows.line(fields(of: values))
      try file.write(row, at: place)
      end = place + row.count
      last = (place, values)
    }
  }

  private func fields(of values: StepValues) -> [String] {
    var latest: [String: Double] = [:]
    for (name, value) in values.values { latest[name] = value }
    return [values.step.description, values.epoch?.description ?? "", values.wallTime.description]
      + columns.dropFirst(3).map { latest[$0]?.description ?? "" }
  }

  /// Adds columns for names that are new, by a file that is whole before and after.
  private mutating func addColumns(_ names: [String]) throws(GalleyError) {
    var known = Set(columns)
    let new = names.filter { known.insert($0).inserted }
    guard !new.isEmpty else { return }
    var written = try CSVRows(LogFile.earlier(path), at: path)
    let lastRow = last.map { _ in written.records.count - 1 }
    columns += new
    written.header = columns
    for index in written.records.indices { written.records[index] += new.map { _ in "" } }
    let bytes = written.bytes
    try LogFile.replace(path, by: bytes)
    file = try LogFile(path)
    end = bytes.count
    if let lastRow, written.records.indices.contains(lastRow) {
      last?.place = end - CSVRows.line(written.records[lastRow]).count
    }
  }
}
