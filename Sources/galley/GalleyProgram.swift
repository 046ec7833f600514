// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Galley
internal import Glibc
internal import Runtimes
internal import Sandbox

/// The command line: parses, runs one command, and turns whatever happens into words and an exit code.
@main
enum GalleyProgram {
  static func main() async {
    // A reader that goes away (`galley … | head`) is no reason to die without a word.
    signal(SIGPIPE, SIG_IGN)
    ONNXRuntime.forbidTelemetry()
    let console = Console(arguments: CommandLine.arguments)
    do {
      // Before anything else, and before there is a second thread.
      try NetworkLatch.engageIfWanted(arguments: CommandLine.arguments)
      // A worker is ended by whoever started it, not from the keyboard.
      if WorkerCommand.isServing(CommandLine.arguments) {
        try await runCommand(console)
      } else {
        try await Interruption.watching(notice: { console.note("\nStopping; press Ctrl-C again to stop at once.") }) {
          try await runCommand(console)
        }
      }
    } catch {
      exit(console.report(error))
    }
  }

  private static func runCommand(_ console: Console) async throws {
    let command = try GalleyCommand.parseAsRoot()
    // Programs that have changed are started and asked, so only where it matters.
    if type(of: command) is any CatalogueUser.Type { await RegisteredWorkers.load(console) }
    guard var running = command as? any AsyncParsableCommand else {
      var command = command
      return try command.run()
    }
    try await running.run()
  }
}

/// The root of the command line.
struct GalleyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "galley",
    abstract: "Takes a model from a data set to a device: train, optimize, measure, choose, report.",
    discussion: """
      Examples:
        galley doctor                            what is installed, and what to do about the rest
        galley run Examples/digits/recipe.yaml   train, quantize, measure and report
        galley plan recipe.yaml                  what a run would do, and why
        galley train --data photos               train on an image folder; then test, predict, export
        galley find --data photos --where 'latency <= 10ms'   the best model within bounds
        galley sweep space.yaml                  many variants of a recipe, each measured
        galley bench model.onnx                  a model file in every runtime and precision
        galley target add board 192.168.0.7      a device to measure on; then: galley bench model.onnx --target board
        galley golden pareto                     the best of what was measured
        galley data check folder                 what is wrong with a data set
        galley dataset import photos.zip --into cats   keep items and annotations; then item, annotation, model
        galley serve                             the same over HTTP
        galley recipe options recipe.yaml runtime    what fits a slot
        galley worker add mine.py                data sets, models, runtimes and optimizers of your own, in Python
        galley offline can --recipe recipe.yaml  would it work without a network
        galley report latest --output page       write the last run's report again

      Exit codes: 0 done · 1 done, and the verdict is no · 2 some items failed · 64 usage · 65 bad data · \
      66 missing input · 69 something needed is unavailable · 70 a mistake in Galley · 73 can't create a file · \
      75 try again · 78 wrong recipe or setting · 130 interrupted.
      """,
    version: galleyVersion.description,
    subcommands: [
      RecipeCommand.self, PlanCommand.self, RunCommand.self, SweepCommand.self, FindCommand.self, RunsCommand.self,
      TrainCommand.self, ValidateCommand.self, TestCommand.self, PredictCommand.self, ExportCommand.self,
      ModelsCommand.self, BenchCommand.self, InspectCommand.self, CompareCommand.self, ReportCommand.self,
      DataCommand.self, DatasetCommand.self, ItemCommand.self, AnnotationCommand.self, ModelCommand.self,
      ServeCommand.self,
      GoldenCommand.self, TargetCommand.self, PantryCommand.self, OfflineCommand.self,
      DoctorCommand.self, WorkerCommand.self,
    ])
}

/// Options that every command has.
struct OutputOptions: ParsableArguments {
  @Flag(name: .long, help: "Print the result as JSON on standard output and events as JSON lines on standard error.")
  var json = false

  @Flag(name: .shortAndLong, help: "Say more about what is done.")
  var verbose = false

  @Flag(name: .shortAndLong, help: "Say nothing but the result and errors.")
  var quiet = false

  @Flag(
    name: .long,
    help: "Open no connection to any other machine, whatever runs (like GALLEY_OFFLINE=1); say what is missing.")
  var offline = false

  mutating func validate() throws {
    if verbose && quiet { throw ValidationError("--verbose and --quiet contradict each other.") }
  }
}
