// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Agent
internal import Galley
internal import Runtimes
internal import WorkerProtocol

/// The program that measures on a device: it serves one host over its standard streams.
///
/// It is small, because what it loads is part of what is measured: no command line, no database, no LibTorch.
@main
struct GalleyAgent {
  static func main() async {
    let streams = WorkerStreams.reservingStandardStreams()
    // The library opens while the first requests are read.
    Task.detached { _ = ONNXRuntime.availability() }
    var server = WorkerServer(name: "measure", version: galleyVersion.description)
    AgentService(runtimes: Registry([.init(ONNXRuntime.self) { $0 }])).register(on: &server)
    await server.serve(on: streams)
  }
}
