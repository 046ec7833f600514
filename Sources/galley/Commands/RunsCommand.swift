// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Pantry
internal import Reports
internal import Scenarios

/// The history of runs.
struct RunsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "runs",
    abstract: "The history of runs: list, show, compare, remove.",
    discussion: """
      Examples:
        galley runs list
        galley runs show latest
        galley runs diff 2026-11-20T10 latest     what was chosen differently, and whether figures agree
        galley runs rm 2026-11-20T10

      A run is named by its id, by the beginning of it, or as 'latest'.
      """,
    subcommands: [RunsListCommand.self, RunsShowCommand.self, RunsDiffCommand.self, RunsRemoveCommand.self])
}

/// Lists runs.
struct RunsListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "List the runs, the latest first.")

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let runs = RunHistory(try place.open(console)).list()
    try console.result(json: runs)
    guard !runs.isEmpty else { return console.result("No runs yet: galley run RECIPE makes one.") }
    console.result(
      TextTable(
        columns: [
          .init("run"), .init("recipe"), .init("status"), .init("started"), .init("took", .trailing), .init("output"),
        ],
        rows: runs.map {
          [
            $0.id, $0.plan.rehearsal == nil ? $0.recipe : "\($0.recipe) (rehearsal)", $0.status.rawValue,
            Moment($0.started).description,
            $0.duration.map { String(format: "%.0f s", $0) } ?? "", $0.output,
          ]
        }
      ).render())
  }
}

/// Shows one run.
struct RunsShowCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Show a run: its plan, its figures, where its outputs lie.")

  @Argument(help: "The run's id, the beginning of it, or 'latest'.")
  var run = "latest"

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let record = try RunHistory(try place.open(console)).show(self.run)
    try console.result(json: record)
    console.result(record.text)
  }
}

/// Compares two runs.
struct RunsDiffCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Say what two runs chose differently, and whether their figures agree within their intervals.")

  @Argument(help: "A run.")
  var first: String

  @Argument(help: "Another run.")
  var second: String

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let difference = try RunHistory(try place.open(console)).diff(first, second)
    try console.result(json: difference)
    console.result(difference.text)
  }
}

/// Forgets runs.
struct RunsRemoveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rm", abstract: "Forget runs; stages and models in the pantry stay, and so do output folders.")

  @Argument(help: "The runs.")
  var runs: [String]

  @Flag(name: .long, help: "Remove the output folders too.")
  var output = false

  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let history = RunHistory(try place.open(console))
    for run in runs {
      let record = try history.remove(run, removingOutput: output)
      console.result("\(record.id) is forgotten" + (output ? ", and \(record.output) is removed." : "."))
    }
  }
}
