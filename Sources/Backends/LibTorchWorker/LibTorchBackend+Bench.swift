// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Targets
internal import Tensors

extension LibTorchBackend {
  /// The variable that makes the worker offer what measuring needs, which changes how it allocates memory.
  static let measuringVariable = "GALLEY_TORCH_MEASURES"

  /// Measures a checkpoint's network as LibTorch runs it, in workers that take turns, through the same measuring room as
  /// every runtime.
  func bench(_ request: VerbRequest, _ options: BenchOptions, events: EventSink) async throws -> VerbResult {
    guard case .checkpoint(let path) = request.model else {
      throw GalleyError(.configuration, "can't measure the model", why: "only a checkpoint can be measured here")
    }
    let checkpoint = try Checkpoint(contentsOf: path)
    let produced = try VerbResult.ProducedFile(writtenAt: path)
    let threads = options.threads ?? ProcessorCount.online
    let subject = RuntimeBench.Subject(
      name: Self.descriptor.id,
      file: ModelFile(path: path, format: .checkpoint, digest: produced.digest, byteCount: produced.byteCount),
      input: TensorSpec(name: "input", elementType: .float32, shape: [nil] + checkpoint.inputShape.map { $0 }),
      precision: "float32",
      runtime: try IngredientChoice(LibTorchRuntime.card.name, options: ["threads": .int(threads)]).completed(
        by: LibTorchRuntime.card),
      threads: threads)
    var environment = environment
    environment[Self.measuringVariable] = "1"
    let target = LocalTarget(executable: executable, arguments: arguments, environment: environment)
    return try await RuntimeBench(subject, target: target).run(options, request, events)
  }
}
