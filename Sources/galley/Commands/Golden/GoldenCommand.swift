// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Golden
internal import Pantry
internal import Scenarios

/// Asks, fills and carries golden volumes.
struct GoldenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "golden",
    abstract: "Golden volumes: what was measured, and what should be taken.",
    discussion: """
      Examples:
        galley golden list
        galley golden query 'hardware == "cuda:A4500" && latency <= 10ms' --sort latency
        galley golden query --sql 'SELECT variant, latency_s FROM golden ORDER BY latency_s LIMIT 5'
        galley golden show 3f9a2c
        galley golden pareto --where 'target == "local"' --plot front.svg
        galley golden import xval_det.csv --task detection --into leip.sqlite
        galley golden export --where 'task == "detection"' -o rows.csv

      'galley run' and 'galley bench' add rows to the pantry's own volume, 'local'. Other volumes are named by path, or
      by the name under which the pantry holds them; --volume can be repeated.
      """,
    subcommands: [
      GoldenListCommand.self, GoldenShowCommand.self, GoldenDescribeCommand.self, GoldenQueryCommand.self,
      GoldenSampleCommand.self, GoldenParetoCommand.self, GoldenMenuCommand.self, GoldenImportCommand.self,
      GoldenExportCommand.self, GoldenMergeCommand.self, GoldenVerifyCommand.self, GoldenReproduceCommand.self,
      GoldenZooCommand.self,
    ])
}

/// Which volumes are read.
struct GoldenVolumeOptions: ParsableArguments {
  @Option(
    name: [.customShort("V"), .customLong("volume")],
    help: "A volume: a path, a name in the pantry, or 'local' (default); repeatable.", completion: .file())
  var volumes: [String] = []

  @OptionGroup var place: PantryOptions

  func open() throws -> GoldenVolumes { try Self.open(volumes.isEmpty ? ["local"] : volumes, place) }

  /// Opens volumes by path or name.
  static func open(_ names: [String], _ place: PantryOptions) throws -> GoldenVolumes {
    try GoldenVolumes(names.map { (GoldenVolumes.name(of: $0), try path(of: $0, place)) })
  }

  /// The file of a volume.
  private static func path(of name: String, _ place: PantryOptions) throws -> String {
    if name == "local" { return VolumeChoice.path(inPantryAt: place.root) }
    if name.contains("/") || FileManager.default.fileExists(atPath: name) { return name }
    let pantry = try place.open()
    let known = try pantry.artifacts().filter { $0.role == .volume }
    let found = known.filter { $0.name == name || $0.name.map(GoldenVolumes.name) == name }
    guard let artifact = found.first, found.count == 1 else {
      let names = known.compactMap(\.name).map(GoldenVolumes.name) + ["local"]
      throw GalleyError(
        .missingInput, "can't find the golden volume '\(name)'", at: pantry.root,
        why: found.isEmpty
          ? "there is no such file, and the pantry has no volume of that name" : "several have that name",
        remedy: NearestName.match(name, in: names).map { "Did you mean '\($0)'?" }
          ?? "The pantry has \(names.joined(separator: ", ")); 'galley golden zoo fetch' brings others.")
    }
    return pantry.path(of: artifact.digest)
  }
}

/// Which volume takes what is measured.
struct GoldenTargetOptions: ParsableArguments {
  @Option(
    name: .customLong("golden"), help: "The golden volume that takes the measurements (default: the pantry's own).",
    completion: .file())
  var path: String?

  @Flag(name: .customLong("no-golden"), help: "Keep the measurements in no golden volume.")
  var isOff = false

  mutating func validate() throws {
    if isOff, path != nil { throw ValidationError("--golden and --no-golden contradict each other.") }
  }

  var choice: VolumeChoice { isOff ? .none : path.map(VolumeChoice.file) ?? .pantry }

  /// Keeps rows.
  /// - Returns: the volume's path; `nil` if none is wanted.
  func insert(_ rows: [GoldenRow], _ place: PantryOptions) throws -> String? {
    guard let path = path(place) else { return nil }
    try GoldenVolume.open(path).insert(rows)
    return path
  }

  /// The volume's path; `nil` if none is wanted.
  func path(_ place: PantryOptions) -> String? {
    isOff ? nil : path ?? VolumeChoice.path(inPantryAt: place.root)
  }
}

/// Which rows are meant.
struct GoldenFilterOptions: ParsableArguments {
  @Option(name: [.customShort("w"), .customLong("where")], help: "A condition, like 'latency <= 10ms'.")
  var condition: String?

  func read() throws -> GoldenCondition { try condition.map { try GoldenCondition($0) } ?? .all }
}

/// One row of some volumes.
struct GoldenRowArgument: ParsableArguments {
  @Argument(help: "The first digits of the row's id.")
  var row: String

  @OptionGroup var volumes: GoldenVolumeOptions

  func read() throws -> GoldenRow { try volumes.open().row(row) }
}

/// How a table is asked for: its columns and their order.
struct GoldenTableOptions: ParsableArguments {
  @Option(help: "Comma-separated columns, or 'all'.")
  var columns: String?

  @Option(help: "A column to sort by; with '-' before it, the largest first.")
  var sort: String?

  @OptionGroup var volumes: GoldenVolumeOptions

  /// The table of the rows for which a condition holds.
  /// - Parameters:
  ///   - volumes: Where the rows are.
  ///   - columns: The columns if none are said.
  ///   - sort: The order if none is said.
  func table(
    of volumes: GoldenVolumes, where condition: GoldenCondition, columns: String? = nil, sort: String? = nil,
    limit: Int? = nil
  ) throws -> GoldenTable {
    try volumes.table(
      try GoldenTables.columns(self.columns ?? columns), where: condition,
      order: try GoldenTables.order(self.sort ?? sort), limit: limit)
  }
}
