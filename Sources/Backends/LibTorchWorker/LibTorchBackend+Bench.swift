// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension LibTorchBackend {
  /// Measures a checkpoint's network as LibTorch executes it, in the measuring room: fresh processes that take turns.
  func bench(_ request: VerbRequest, _ options: BenchOptions, events: EventSink) async throws -> VerbResult {
    guard case .checkpoint(let path) = request.model else {
      throw GalleyError(.configuration, "can't measure", why: "only a checkpoint has weights")
    }
    let threads = options.threads ?? ProcessorCount.online
    let runtime = try IngredientChoice(LibTorchRuntime.card.name, options: ["threads": .int(threads)])
      .completed(by: LibTorchRuntime.card)
    return try await RuntimeBench(runtime, ModelFile(at: path, format: .checkpoint), target: target)
      .run(options, request, events)
  }
}
