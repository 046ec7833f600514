// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

/// A cell of a table from outside as a value of ours.
enum ImportedCell {
  /// Why a cell can't be used.
  struct Fault: Error {
    var why: String
  }

  private static let nothing: Set<String> = ["", "NaN", "nan", "NAN", "null", "NULL", "N/A", "n/a", "NA", "<NA>"]

  /// Whether there is no value.
  static func isMissing(_ cell: GoldenValue) -> Bool {
    switch cell {
    case .null: true
    case .text(let text): nothing.contains(text.trimmed)
    case .real(let number): number.isNaN
    case .integer: false
    }
  }

  /// The value for a column, in its unit; null if there is none.
  static func value(_ cell: GoldenValue, _ meaning: ColumnMeaning) throws(Fault) -> GoldenValue {
    guard let column = meaning.column, !isMissing(cell) else { return .null }
    if column.kind == .text { return .text(cell.plain.trimmed) }
    if case .text(let text) = cell, ["None", "none", "-"].contains(text.trimmed) { return .null }
    if let flag = flag(cell), column.name == "per_channel" || column.name == "is_clean" { return .integer(flag) }
    let number = try number(cell, meaning, column)
    guard number.isFinite else { throw Fault(why: "\(column.name): '\(cell.plain)' isn't a finite number") }
    if column.kind == .real { return .real(number) }
    guard let whole = Int(exactly: number.rounded()) else { throw Fault(why: "\(column.name): \(number) is too large") }
    guard column.unit == .bytes || abs(number - number.rounded()) < 1e-6 else {
      throw Fault(why: "\(column.name): \(cell.plain) isn't a whole number")
    }
    return .integer(whole)
  }

  private static func flag(_ cell: GoldenValue) -> Int? {
    switch cell.plain.trimmed.lowercased() {
    case "true", "1", "1.0": 1
    case "false", "0", "0.0": 0
    default: nil
    }
  }

  private static func number(
    _ cell: GoldenValue, _ meaning: ColumnMeaning, _ column: GoldenColumn
  ) throws(Fault) -> Double {
    var text = cell.plain.trimmed
    var unit: Double?
    if case .text = cell {
      let digits = text.prefix { $0.isNumber || "+-.eE".contains($0) }
      let rest = String(text.dropFirst(digits.count)).trimmed
      if Double(text) == nil, !rest.isEmpty {
        guard let factor = column.unit.factor(of: rest) else {
          throw Fault(
            why: "\(column.name): '\(text)' isn't a number" + (column.unit == .none ? "" : " in a known unit"))
        }
        unit = factor
        text = String(digits)
      }
    }
    guard let number = Double(text) else { throw Fault(why: "\(column.name): '\(cell.plain)' isn't a number") }
    switch (meaning, unit) {
    case (_, let factor?): return number * factor
    case (.column(_, let factor), nil): return scaled(number, factor)
    case (.withUnits, nil):
      throw Fault(why: "\(column.name): '\(cell.plain)' has no unit, and neither has the column's name")
    default: return number
    }
  }

  /// Dividing by a whole number is exact where multiplying by a thousandth isn't.
  static func scaled(_ number: Double, _ factor: Double) -> Double {
    let divisor = (1 / factor).rounded()
    return factor < 1 && abs(factor * divisor - 1) < 1e-12 ? number / divisor : number * factor
  }

  /// Seconds since 1970 of a point in time, written as a number or after ISO 8601; without a zone it is UTC.
  static func time(_ cell: GoldenValue) -> Double? {
    if let number = cell.number ?? Double(cell.plain.trimmed) {
      // pandas writes milliseconds in JSON and nanoseconds elsewhere.
      return number > 1e17 ? number / 1e9 : number > 1e11 ? number / 1e3 : number
    }
    var text = cell.plain.trimmed.replacing(" ", with: "T")
    var fraction = 0.0
    if let point = text.firstIndex(of: ".") {
      let digits = text[text.index(after: point)...].prefix(while: \.isNumber)
      fraction = Double("0." + digits) ?? 0
      text.removeSubrange(point..<text.index(point, offsetBy: digits.count + 1))
    }
    if text.count == 10 { text += "T00:00:00" }
    if text.count == 19 { text += "Z" }
    return (try? Date(text, strategy: .iso8601)).map { $0.timeIntervalSince1970 + fraction }
  }
}

extension String {
  fileprivate var trimmed: String {
    var text = Substring(self)
    while let first = text.first, first.isWhitespace { text.removeFirst() }
    while let last = text.last, last.isWhitespace { text.removeLast() }
    return String(text)
  }
}
