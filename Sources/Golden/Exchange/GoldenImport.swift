// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
public import Galley

/// Rows from a table that somebody else made: LEIP's golden recipes in either spelling, CSV, JSON, SQLite. They are
/// imported, never measured; what can't be used is listed with its reason.
public struct GoldenImport: Sendable {
  /// What the table itself doesn't say.
  public struct Meaning: Sendable, Hashable {
    /// The task of all rows; needed where the table has no column `task`.
    public var task: String?
    /// The target of all rows; else it is their hardware.
    public var target: String?
    /// Name of the data that the quality was judged on; else the file's name.
    public var data: String?
    /// What the accuracy is: `mAP`, `accuracy`.
    public var metric: String?
    /// The table within an SQLite file.
    public var table: String?

    /// Says what is known.
    public init(
      task: String? = nil, target: String? = nil, data: String? = nil, metric: String? = nil, table: String? = nil
    ) {
      self.task = task
      self.target = target
      self.data = data
      self.metric = metric
      self.table = table
    }
  }

  /// A row that can't be used.
  public struct Rejected: Sendable, Hashable, Codable {
    /// Where it stands: the line of CSV, else the position from 1.
    public var position: Int
    /// Its name there, if it has one.
    public var id: String?
    /// Why.
    public var reason: String
  }

  /// The rows that can enter a volume.
  public private(set) var rows: [GoldenRow] = []
  /// The rows that can't.
  public private(set) var rejected: [Rejected] = []
  /// Rows that stand in the table more than once, alike.
  public private(set) var duplicates = 0
  /// What was assumed or left out, one sentence each.
  public private(set) var notes: [String] = []

  private var missing: [String: Int] = [:]
  private var known: [String: (position: Int, row: Digest)] = [:]

  /// Reads a table.
  /// - Throws: `GalleyError` if the file isn't a table, two of its columns mean the same, units are mixed within a
  ///   column, or it lacks what every row needs.
  public init(_ path: String, meaning: Meaning) throws(GalleyError) {
    let table = try ForeignTable(path, table: meaning.table)
    let meanings = table.columns.map(ColumnMeaning.init)
    try Self.check(table, meanings, meaning)
    note(table, meanings)
    for entry in table.entries { try add(entry, table, meanings, meaning) }
    for (column, count) in missing.sorted(by: { $0.key < $1.key }) {
      notes.append("\(column) is 0 in \(count) rows: that is kept as not measured.")
    }
    guard !rows.isEmpty || !rejected.isEmpty else { throw ForeignTable.refusal(path, "it holds no rows") }
  }

  /// Takes rows that Galley measured, from a measurement file.
  public init(measured rows: [GoldenRow]) { self.rows = rows }

  // MARK: The table as a whole

  private static func check(
    _ table: ForeignTable, _ meanings: [ColumnMeaning], _ said: Meaning
  ) throws(GalleyError) {
    var taken: [String: String] = [:]
    for (heading, meaning) in zip(table.columns, meanings) {
      guard let column = meaning.column else { continue }
      if let other = taken.updateValue(heading, forKey: column.name) {
        throw ForeignTable.refusal(table.path, "'\(other)' and '\(heading)' are both \(column.name)")
      }
    }
    guard !taken.isEmpty else {
      throw ForeignTable.refusal(
        table.path, "none of its columns is known: \(table.columns.prefix(8).joined(separator: ", "))",
        remedy: "Name columns as 'galley golden describe --columns' lists them.")
    }
    guard said.task != nil || taken["task"] != nil else {
      throw GalleyError(
        .usage, "can't import", at: table.path, why: "nothing says which task the rows are of",
        remedy: "Say it with --task, such as --task detection.")
    }
    for (index, meaning) in meanings.enumerated() { try checkUnits(table, index, meaning) }
  }

  /// Within a column either all cells say their unit or none does.
  private static func checkUnits(
    _ table: ForeignTable, _ index: Int, _ meaning: ColumnMeaning
  ) throws(GalleyError) {
    guard let column = meaning.column, column.kind != .text, column.unit != .none else { return }
    var bare: ForeignTable.Entry?
    var united: ForeignTable.Entry?
    for entry in table.entries where !ImportedCell.isMissing(entry.cells[index]) {
      let hasUnit = entry.cells[index].plain.last.map { $0.isLetter || $0 == "%" } ?? false
      let isNumber = Double(entry.cells[index].plain) != nil
      if isNumber { bare = bare ?? entry } else if hasUnit { united = united ?? entry }
    }
    guard let bare, let united, column.unit.factor(of: unit(united.cells[index].plain)) != nil else { return }
    throw ForeignTable.refusal(
      table.path,
      "units are mixed in '\(table.columns[index])': '\(united.cells[index].plain)' in row \(united.position), "
        + "'\(bare.cells[index].plain)' in row \(bare.position)",
      remedy: "Give every cell the same kind of number. Nothing was imported.")
  }

  private static func unit(_ text: String) -> String {
    String(text.drop { $0.isNumber || "+-. ".contains($0) })
  }

  private mutating func note(_ table: ForeignTable, _ meanings: [ColumnMeaning]) {
    let kept = zip(table.columns, meanings).filter { $0.1 == .metadata }.map(\.0)
    if !kept.isEmpty { notes.append("Kept with the rows as they are: \(kept.joined(separator: ", ")).") }
    for heading in ["od_inf_rate", "od_inf_energy", "od_size"] where table.columns.contains(heading) {
      let unit = ["od_inf_rate": "ms", "od_inf_energy": "mJ", "od_size": "MB"][heading] ?? ""
      notes.append("'\(heading)' is the earlier spelling; it was read in \(unit).")
    }
  }

  // MARK: A row

  private mutating func add(
    _ entry: ForeignTable.Entry, _ table: ForeignTable, _ meanings: [ColumnMeaning], _ said: Meaning
  ) throws(GalleyError) {
    var draft = ImportedRow(said)
    let id = zip(meanings, entry.cells).first { $0.0 == .sourceID && !ImportedCell.isMissing($0.1) }?.1.plain
    do throws(ImportedCell.Fault) {
      for (index, meaning) in meanings.enumerated() {
        try draft.take(entry.cells[index], meaning, heading: table.columns[index])
      }
      try draft.finish()
    } catch {
      return rejected.append(Rejected(position: entry.position, id: id, reason: error.why))
    }
    for column in draft.zeros { missing[column, default: 0] += 1 }
    let origin = RowOrigin(
      table: UsedFile(role: "table", name: GoldenVolumes.name(of: table.path), digest: table.digest),
      position: entry.position)
    draft.values["data_name"] = draft.values["data_name"] ?? .text(said.data ?? GoldenVolumes.name(of: table.path))
    let row = try draft.row(origin)
    let key = id.map { draft.key($0) } ?? row.id.hex
    if let first = known[key] {
      if first.row == row.id {
        duplicates += 1
      } else {
        rejected.append(
          Rejected(
            position: entry.position, id: id,
            reason: "the id stands in row \(first.position) already, with other values"))
      }
      return
    }
    known[key] = (entry.position, row.id)
    rows.append(row)
  }
}
