// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Galley
internal import Golden
internal import Reports
internal import Scenarios
internal import Statistics

/// Measures a row again.
struct GoldenReproduceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce",
    abstract: "Measure a row's model again, or train it again, and say whether it agrees within its interval.",
    discussion: """
      The same file runs in the same runtime on the same items, alone, in as many processes and turns. Figures agree if
      either value lies in the other's 95 % interval. Exit code 1 if they don't.

      With --retrain the row's whole recipe runs: data, training with the same seed, export, optimization and
      measurement. Nothing is taken from earlier runs but the files that the recipe reads.
      """)

  @OptionGroup var argument: GoldenRowArgument

  @Flag(name: .long, help: "Run the row's whole recipe, training too, instead of its file alone.")
  var retrain = false

  @Option(
    help: "With --retrain: the file or folder that the recipe read, where the pantry doesn't hold it.",
    completion: .file())
  var data: String?

  @OptionGroup var limits: LimitOptions
  @OptionGroup var options: OutputOptions

  func validate() throws {
    if data != nil, !retrain { throw ValidationError("--data belongs to --retrain.") }
  }

  func run() async throws {
    let console = Console(options)
    let outcome = try await outcome(console)
    try console.result(json: outcome)
    console.result(
      TextTable(
        columns: [.init("figure"), .init("then", .trailing), .init("now", .trailing), .init("verdict")],
        rows: outcome.figures.map {
          [
            $0.name, text($0.then, $0.thenInterval.lower, $0.thenInterval.upper),
            text($0.now, $0.nowInterval.lower, $0.nowInterval.upper), $0.agrees ? "agrees" : "differs",
          ]
        }
      ).render())
    for difference in outcome.differences { console.result("· \(difference)") }
    if !outcome.agrees { throw SilentExit(code: .verdictNo) }
  }

  private func outcome(_ console: Console) async throws -> Reproduction {
    let pantry = try argument.volumes.place.open(console)
    let row = try argument.read()
    guard retrain else { return try await Reproducing(pantry: pantry).reproduce(row) }
    let display = ProgressDisplay(console)
    defer { display.end() }
    let fetching = ArtifactFetching(pantry, console)
    return try await Retraining(
      pantry: pantry, catalogue: .standard, data: data, limits: limits.limits,
      fetch: { try await fetching.fetch($0) }, tell: display.show
    ).reproduce(row)
  }

  private func text(_ value: Double, _ lower: Double, _ upper: Double) -> String {
    "\(NumberText.significant(value, digits: 4)) (\(NumberText.significant(lower, digits: 4)) to "
      + "\(NumberText.significant(upper, digits: 4)))"
  }
}
