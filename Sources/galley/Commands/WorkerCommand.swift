// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Agent
internal import ArgumentParser
internal import Backends
internal import Galley
internal import Scenarios
internal import WorkerProtocol

/// Hosts a backend or a measuring agent in this process; another process speaks to it over the standard streams.
struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Serve another process over standard input and output (JSON-RPC 2.0).",
    discussion: "Galley starts these itself. Documentation/worker-protocol.md describes what they speak.",
    subcommands: [TorchWorker.self, MeasureWorker.self])

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
      AgentService(runtimes: Catalogue.standardRuntimes).register(on: &server)
      await server.serve()
    }
  }
}
