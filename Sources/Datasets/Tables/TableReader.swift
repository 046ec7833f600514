// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

/// Reads the records of a table; what is wrong with one is an error that points at its line.
struct TableReader {
  private var records: CSVRecords
  private let file: String

  init(bytes: [UInt8], file: String) {
    records = CSVRecords(bytes)
    self.file = file
  }

  /// The line on which the current record begins.
  var line: Int { records.line }
  /// The number of fields of the current record.
  var count: Int { records.count }

  /// Reads the next record that isn't empty; false at the end.
  mutating func next() throws(GalleyError) -> Bool {
    do throws(CSVRecords.Fault) { return try records.next() } catch { throw refusal(error.description) }
  }

  /// The text of a field of the current record.
  func text(_ index: Int) throws(GalleyError) -> String {
    do throws(CSVRecords.Fault) { return try records.text(index) } catch { throw refusal(error.description) }
  }

  /// The texts of all fields of the current record.
  func texts() throws(GalleyError) -> [String] {
    do throws(CSVRecords.Fault) { return try records.texts() } catch { throw refusal(error.description) }
  }

  /// A field of the current record as a whole number from 0 to 255; `nil` if it is anything else.
  func byte(_ index: Int) -> UInt8? { records.byte(index) }

  /// An error about the current record.
  func refusal(_ why: String) -> GalleyError {
    GalleyError(
      .badData, "can't read the table", at: "\(file):\(line)", why: why,
      remedy: "Correct this line, or remove it; nothing was skipped.")
  }
}
