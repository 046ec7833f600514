// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Foundation
internal import Galley
internal import Reports
internal import Scenarios
internal import WorkerProtocol

/// Runs a recipe with many combinations of values.
struct SweepCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sweep",
    abstract: "Run a recipe with many combinations of values; every trial becomes a row of the golden volume.",
    discussion: """
      The space is a file such as

        sweep: widths
        recipe: recipe.yaml
        method: random                # or grid: every combination
        trials: 20
        seed: 1
        minutes: 60                   # no trial begins later than this
        space:
          model.architecture.width: [4, 8, 16]
          trainer.learningRate: {from: 0.001, to: 0.1, scale: log}
          optimizer: [none, int8]

      In a grid a range needs a count: {from: 4, to: 16, whole: true, count: 4}.

      Each trial is a process of its own and shares stages with the others through the pantry. A sweep that was stopped
      or killed goes on where it was when the same command is given again. Trials that can't be run become rows with
      the reason; the exit code is then 2.
      """)

  @Argument(help: "The space's file.", completion: .file(extensions: ["yaml", "yml", "json"]))
  var space: String

  @Option(help: "Folder for the ledger and the trials' reports (default: output/NAME).", completion: .directory)
  var folder: String?

  @Flag(name: .long, help: "Run trials again that failed before.")
  var retryFailed = false

  @OptionGroup var golden: GoldenTargetOptions
  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  func run() async throws {
    let console = Console(options)
    let space = try SweepSpace.read(space)
    let volume = golden.path(place)
    let folder = TrialProcess.folder(folder ?? "output/\(space.name)")
    let sweep = Sweep(
      space, catalogue: try Catalogue.standard.cardCatalogue(),
      process: TrialProcess.galley(place, volume.map { ["--golden", $0] } ?? ["--no-golden"]), volume: volume,
      folder: folder, triesFailedAgain: retryFailed
    ) { event in
      Self.show(event, console)
    }
    let outcome = try await sweep.run()
    try console.result(json: outcome)
    console.result(outcome.table)
    if outcome.remaining > 0 {
      console.note("\(outcome.remaining) trials were not begun: time ran out. The same command goes on with them.")
    }
    if let volume { console.result("\nRows: \(volume) (galley golden pareto --volume \(volume))") }
    if outcome.failedCount > 0 { throw SilentExit(code: .partial) }
  }

  private static func show(_ event: Sweep.Event, _ console: Console) {
    switch event {
    case .began(let trial, let remaining):
      console.note("\(trial.name): \(text(of: trial.settings)) (\(remaining) to follow)")
    case .ended(let trial):
      console.event(trial)
      if let reason = trial.reason { console.note("\(trial.name) failed: \(reason)") }
    case .kept(let trial):
      console.event(trial)
    }
  }

  fileprivate static func text(of settings: [String: ConfigurationValue]) -> String {
    settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
  }
}

extension TrialProcess {
  /// This program, running a recipe.
  static func galley(_ place: PantryOptions, _ arguments: [String] = []) -> TrialProcess {
    TrialProcess(executable: WorkerProcess.ownExecutable(), arguments: ["run", "--pantry", place.root] + arguments)
  }

  /// A folder for trials, absolute, without a slash at its end.
  static func folder(_ path: String) -> String {
    let path = URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
    return path.hasSuffix("/") ? String(path.dropLast()) : path
  }
}

extension SweepOutcome {
  /// The trials as a table, in their order.
  var table: String {
    var rows: [[String]] = []
    for trial in trials {
      let settings = SweepCommand.text(of: trial.settings)
      if let reason = trial.reason { rows.append([trial.name, settings, "failed", "", "", reason]) }
      for variant in trial.variants {
        rows.append([
          variant.name, settings, variant.accuracy.map { String(format: "%.1f %%", $0 * 100) } ?? "—",
          String(format: "%.4g ms", variant.medianLatency * 1000), ByteCount(variant.modelBytes).description, "",
        ])
      }
    }
    return TextTable(
      columns: [
        .init("trial"), .init("values"), .init("accuracy", .trailing), .init("median latency", .trailing),
        .init("size", .trailing), .init("reason"),
      ], rows: rows
    ).render()
  }
}
