// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Agent
internal import Galley
internal import Runtimes
internal import Sandbox
internal import TargetProtocol
internal import WorkerProtocol

/// The measuring process: it serves whoever started it over its standard streams. Its argument, if any, names the
/// runtime whose library it opens at once.
enum MeasuringMode {
  static func run(_ words: [String]) async throws(GalleyError) {
    let known = runtimes.entries.map(\.card.name)
    if let word = words.first(where: { !known.contains($0) }) {
      let guess = NearestName.match(word, in: known + ["serve", "pair", "health", "trust"]).map {
        "Did you mean '\($0)'?"
      }
      throw GalleyError(
        .usage, "can't do '\(word)'", why: "it is neither a command nor a runtime",
        remedy: guess ?? "'galley-agent --help' lists both.")
    }
    try NetworkLatch.engageIfWanted(arguments: [])
    let streams = WorkerStreams.reservingStandardStreams()
    // The library of the runtime that the host is going to ask for opens while the first requests are read. No other
    // one does: its memory would count as the model's.
    if let name = words.first { Task.detached { _ = availability(of: name) } }
    var server = WorkerServer(name: "measure", version: galleyVersion.description) { found() }
    AgentService(runtimes: runtimes).register(on: &server)
    StartupPages.giveBack()
    await server.serve(on: streams)
  }

  /// `LocalTarget` names the same: others are measured by `galley worker measure`.
  private static let runtimes: Registry<any Runtime> = Registry([
    .init(ONNXRuntime.self) { $0 }, .init(OpenVINORuntime.self) { $0 }, .init(LiteRTRuntime.self) { $0 },
  ])

  private static func availability(of runtime: String) -> Availability? {
    switch runtime {
    case ONNXRuntime.card.name: ONNXRuntime.availability()
    case OpenVINORuntime.card.name: OpenVINORuntime.availability()
    case LiteRTRuntime.card.name: LiteRTRuntime.availability()
    default: nil
    }
  }

  /// The runtimes that the device has, by name with their versions, and under the feature's name that of the library
  /// which decodes images. Asking opens all libraries.
  private static func found() -> [String: String] {
    var found: [String: String] = [:]
    for name in runtimes.entries.map(\.card.name) {
      if case .available(let version, _)? = availability(of: name) { found[name] = version }
    }
    found[TargetFeature.images] = AgentService.imageLibraryVersion
    return found
  }
}
