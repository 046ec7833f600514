// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Engines
import Files
import Foundation
import Galley

/// Trains with a backend that says that it has begun, and then never ends, so that a test can kill it.
@main
enum EngineRunFixture {
  static func main() async throws {
    let (data, workspace) = (CommandLine.arguments[1], CommandLine.arguments[2])
    let registry = try BackendRegistry([EndlessBackend()])
    let engine = try Engine(
      model: ModelSource("endless", among: registry), data: DataSource(data), workspace: EngineWorkspace(workspace),
      backends: registry)
    _ = try await engine.train(ChosenOptions())
  }
}

private struct EndlessBackend: Backend {
  let descriptor = BackendDescriptor(
    id: "endless", version: SemanticVersion(1, 0, 0), summary: "Never ends.", licence: "Apache-2.0", requirements: [],
    abilities: [.init(verbs: [.train], tasks: [.classification], forms: [.architecture])])
  let architectures = [
    Card(taxonomy: "model.classification.endless", version: SemanticVersion(1, 0, 0), summary: "Never ends.")
  ]

  func match(_ verb: EngineVerb, _ model: ModelReference, task: EngineTask) -> BackendMatch {
    .yes(score: 1, reason: "it is the only one")
  }

  func availability() -> Availability { .available(version: "1", library: "none") }

  func run(_ request: VerbRequest, events: EventSink) async throws -> VerbResult {
    try AtomicFile.write(Data("half".utf8), to: "\(request.folder)/last.safetensors")
    FileHandle.standardOutput.write(Data("working\n".utf8))
    try await Task.sleep(for: .seconds(3600))
    return VerbResult(status: .succeeded)
  }
}
