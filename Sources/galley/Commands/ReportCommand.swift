// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import NativeLibraries
internal import Pantry
internal import Reports
internal import Scenarios

/// Writes the report of an earlier run again.
struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report",
    abstract: "Write the report of an earlier run again.",
    discussion: """
      Examples:
        galley report                        list the runs in the pantry
        galley report latest --output page   write the last run's report to the folder 'page'
        galley report out/report.json -o new write the report again from its own numbers
      """)

  @Argument(
    help: "A run's id, 'latest', or a report.json. Without it, the runs are listed.", completion: .file())
  var run: String?

  @Option(name: .shortAndLong, help: "Folder for the report.", completion: .directory)
  var output = "report"

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    guard let run else { return try list(console) }
    let report = try RunReport.read(try document(run), from: run)
    let paths = try ReportWriter(plotly: ReportWriter.plotlyPath()).write(report, to: output)
    try console.result(json: ["report": paths])
    console.result(paths.joined(separator: "\n"))
  }

  private func list(_ console: Console) throws {
    let runs = try place.open().runs()
    try console.result(json: ["runs": runs])
    console.result(runs.isEmpty ? "No runs yet: galley run RECIPE makes one." : runs.joined(separator: "\n"))
  }

  private func document(_ name: String) throws -> Data {
    if FileManager.default.fileExists(atPath: name) {
      guard let data = FileManager.default.contents(atPath: name) else {
        throw GalleyError(.missingInput, "can't read the run", at: name, why: "it is a folder or may not be read")
      }
      return data
    }
    let pantry = try place.open()
    guard name == "latest" else { return try pantry.run(name) }
    guard let latest = pantry.runs().last else {
      throw GalleyError(
        .missingInput, "can't read the latest run", at: pantry.root, why: "there are no runs yet",
        remedy: "Run a recipe first: galley run RECIPE.")
    }
    return try pantry.run(latest)
  }
}

/// Where the pantry lies.
struct PantryOptions: ParsableArguments {
  @Option(
    name: .long, help: "Folder of the pantry (default: GALLEY_HOME, else the XDG data folder).",
    completion: .directory)
  var pantry: String?

  /// The pantry's folder.
  var root: String {
    let root = pantry ?? Pantry.defaultRoot(environment: ProcessInfo.processInfo.environment)
    return URL(filePath: root).standardizedFileURL.path(percentEncoded: false)
  }

  func open(notify: @escaping @Sendable (PantryNotice) -> Void = { _ in }) throws -> Pantry {
    try Pantry(root: root, notify: notify)
  }
}
