// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Agent
internal import ArgumentParser
internal import Backends
internal import Foundation
internal import Galley
internal import Scenarios
internal import WorkerProtocol
internal import Workers

/// Hosts a backend, a measuring agent or a file of the user's; and registers such files.
struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Register programs of your own in Python, and serve them over standard input and output (JSON-RPC 2.0).",
    discussion: """
      Examples:
        galley worker add stripes.py                offer what the file has: data sets, models, runtimes, optimizers
        galley worker list
        galley worker lock stripes.py               find the packages that it needs, each with its digest
        galley worker sync stripes.py               make its environment of these, without asking anybody
        galley worker python stripes.py             serve it; Galley does this itself

      Documentation/workers.md tells how; Documentation/worker-protocol.md what workers speak.
      """,
    subcommands: [
      WorkerAddCommand.self, WorkerListCommand.self, WorkerShowCommand.self, WorkerRemoveCommand.self,
      WorkerLockCommand.self, WorkerSyncCommand.self, PythonWorker.self, TorchWorker.self, MeasureWorker.self,
    ])

  /// Whether a command line serves another process, which then ends it.
  static func isServing(_ arguments: [String]) -> Bool {
    let words = arguments.dropFirst().prefix(2)
    let serving = [PythonWorker.configuration, TorchWorker.configuration, MeasureWorker.configuration]
    return words.first == configuration.commandName && serving.contains { $0.commandName == words.last }
  }

  /// Trains and exports with LibTorch.
  struct TorchWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "torch", abstract: "Train and export with LibTorch.")

    func run() async throws { await LibTorchWorker.serve(version: galleyVersion.description) }
  }

  /// Loads one model and measures it.
  struct MeasureWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "measure", abstract: "Load one model, run it and time it.")

    func run() async throws {
      var server = WorkerServer(name: "measure", version: galleyVersion.description)
      AgentService(runtimes: await Catalogue.runtimes()).register(on: &server)
      await server.serve()
    }
  }

  /// Becomes Python, which hosts a file.
  struct PythonWorker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "python", abstract: "Host the classes of a Python file.",
      discussion: """
        The interpreter is --python, else that of the environment that galley worker sync made for the file, else
        GALLEY_PYTHON, else python3 in PATH. It takes the place of this process.

        Exit codes: 66 no such file · 69 no Python, one that is too old, or no environment.
        """)

    @Argument(help: "The file, or FILE:Class if several of its classes could be meant.", completion: .file())
    var file: String

    @OptionGroup var interpreter: InterpreterOptions

    func run() async throws {
      let launch = try await PythonLaunch.of(
        WorkerProgram(argument: file), python: interpreter.python, home: .ofThisProgram,
        variables: ProcessInfo.processInfo.environment)
      try launch.replaceProcess()
    }
  }
}

/// Which Python is meant.
struct InterpreterOptions: ParsableArguments {
  @Option(name: .long, help: "The Python interpreter, by path or by name in PATH.", completion: .file())
  var python: String?
}

extension WorkerHome {
  /// The home that this process's environment names.
  static var ofThisProgram: WorkerHome { WorkerHome(environment: ProcessInfo.processInfo.environment) }
}
