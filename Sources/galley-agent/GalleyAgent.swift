// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Agent
internal import Galley
internal import Glibc
internal import Runtimes
internal import Sandbox
internal import WorkerProtocol

/// The program that measures on a device: it serves one host over its standard streams. Its argument, if any, names
/// the runtime whose library it opens at once.
///
/// It is small, because what it loads is part of what is measured: no command line, no database, no LibTorch.
@main
struct GalleyAgent {
  static func main() async {
    ONNXRuntime.forbidTelemetry()
    do throws(GalleyError) {
      try NetworkLatch.engageIfWanted(arguments: [])
    } catch {
      let words = "galley-agent: \(error)\n"
      _ = write(STDERR_FILENO, words, words.utf8.count)
      exit(error.exitCode.rawValue)
    }
    let streams = WorkerStreams.reservingStandardStreams()
    // The library of the runtime that the host is going to ask for opens while the first requests are read. No other
    // one does: its memory would count as the model's.
    if let name = CommandLine.arguments.dropFirst().first { Task.detached { openLibrary(of: name) } }
    var server = WorkerServer(name: "measure", version: galleyVersion.description)
    AgentService(runtimes: runtimes).register(on: &server)
    await server.serve(on: streams)
  }

  /// `LocalTarget` names the same: others are measured by `galley worker measure`.
  private static let runtimes: Registry<any Runtime> = Registry([
    .init(ONNXRuntime.self) { $0 }, .init(OpenVINORuntime.self) { $0 }, .init(LiteRTRuntime.self) { $0 },
  ])

  private static func openLibrary(of runtime: String) {
    switch runtime {
    case ONNXRuntime.card.name: _ = ONNXRuntime.availability()
    case OpenVINORuntime.card.name: _ = OpenVINORuntime.availability()
    case LiteRTRuntime.card.name: _ = LiteRTRuntime.availability()
    default: break
    }
  }
}
