// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Files
internal import Foundation
internal import Galley
internal import Golden
internal import Scenarios

/// Imports rows.
struct GoldenImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Import rows that others measured: LEIP's tables, CSV, JSON, SQLite; or a measurement file of Galley.",
    discussion: """
      Examples:
        galley golden import xval_det.csv --task detection --metric mAP --into leip.sqlite
        galley golden import bench/measurements.json --task classification

      Imported rows are never called measured. Units come from the columns' names (od_inf_rate_ms, latency_ms,
      size_MB) or stand in the cells (10 ms). Rows that can't be used are listed, and the exit code is then 2.
      """)

  @Argument(help: "The table.", completion: .file())
  var file: String

  @Option(help: "The volume that takes the rows (default: the pantry's own).", completion: .file())
  var into: String?

  @Option(help: "The task of all rows.")
  var task: String?

  @Option(help: "The target of all rows (default: their hardware).")
  var target: String?

  @Option(help: "Name of the data that quality was judged on (default: the file's name).")
  var data: String?

  @Option(help: "What the accuracy is, like mAP.")
  var metric: String?

  @Option(help: "The table in an SQLite file.")
  var table: String?

  @Flag(help: "Say what would be imported, and import nothing.")
  var dryRun = false

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  private struct Document: Encodable {
    var volume: String
    var added: Int
    var known: Int
    var duplicates: Int
    var rejected: [GoldenImport.Rejected]
    var notes: [String]
  }

  func run() async throws {
    let console = Console(options)
    let volume = into ?? VolumeChoice.path(inPantryAt: place.root)
    let found =
      try MeasuredImport.rows(file, task: task, target: target).map { GoldenImport(measured: $0) }
      ?? GoldenImport(
        file, meaning: .init(task: task, target: target, data: data, metric: metric, table: table))
    let added = dryRun ? 0 : try GoldenVolume.open(volume).insert(found.rows)
    try console.result(
      json: Document(
        volume: volume, added: added, known: found.rows.count - added, duplicates: found.duplicates,
        rejected: found.rejected, notes: found.notes))
    for note in found.notes { console.note("note: \(note)") }
    for rejected in found.rejected {
      console.result("row \(rejected.position)\(rejected.id.map { " (\($0))" } ?? ""): \(rejected.reason)")
    }
    console.result(
      dryRun
        ? "\(found.rows.count) rows would be imported, \(found.rejected.count) can't be."
        : "\(added) rows imported into \(volume), \(found.rows.count - added + found.duplicates) known already, "
          + "\(found.rejected.count) rejected.")
    if !found.rejected.isEmpty { throw SilentExit(code: .partial) }
  }
}

/// Exports rows.
struct GoldenExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write rows as CSV or JSON: pandas.read_csv(FILE), pandas.read_json(FILE).")

  @Option(name: .shortAndLong, help: "The file: .csv or .json.", completion: .file(extensions: ["csv", "json"]))
  var output: String

  @OptionGroup var filter: GoldenFilterOptions
  @OptionGroup var asked: GoldenTableOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    guard let format = GoldenExport.format(of: output) else {
      throw GalleyError(
        .usage, "can't export", at: output, why: "the name says neither CSV nor JSON",
        remedy: "Let it end with .csv or .json.")
    }
    let table = try asked.table(of: asked.volumes.open(), where: filter.read(), columns: "all", sort: "measured_at")
    let data = try GoldenExport.encode(table, as: format)
    do throws(FileError) {
      try AtomicFile.write(data, to: output)
    } catch {
      throw GalleyError(writing: error, "can't export")
    }
    try console.result(json: ["file": output, "rows": "\(table.rows.count)"])
    console.result("\(table.rows.count) rows are in \(output).")
  }
}

/// Merges volumes.
struct GoldenMergeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Add all rows of volumes to another; rows that it has stay as they are.")

  @Argument(help: "The volumes that are read.", completion: .file())
  var sources: [String]

  @Option(help: "The volume that takes the rows; it is made if it isn't there.", completion: .file())
  var into: String

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let added = try GoldenVolume.open(into).merge(try GoldenVolumeOptions.open(sources, place))
    try console.result(json: ["volume": into, "added": "\(added)"])
    console.result("\(added) rows are new in \(into).")
  }
}

/// Proves volumes.
struct GoldenVerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Prove that volumes are sound: the files, every row against its digest and its measurement.")

  @OptionGroup var volumes: GoldenVolumeOptions
  @OptionGroup var options: OutputOptions

  private struct Document: Encodable {
    var volume: String
    var path: String
    var rows: Int
    var digest: String
  }

  func run() async throws {
    let console = Console(options)
    let volumes = try volumes.open()
    let documents = try zip(volumes.volumes, try volumes.check()).map { volume, rows in
      Document(
        volume: volume.name, path: volume.path, rows: rows, digest: try GoldenVolumes.digest(of: volume.path).hex)
    }
    try console.result(json: documents)
    for document in documents {
      console.result("\(document.volume): \(document.rows) rows, sound, SHA-256 \(document.digest)")
    }
  }
}
