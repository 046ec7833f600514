// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Architectures
internal import Files
internal import Galley
internal import ONNX
internal import Tensors
internal import Torch
internal import WorkerProtocol

/// The worker's method `export`.
struct ExportHandler {
  /// Names of the exported model's input and output.
  static let names = (input: "input", output: "logits")
  /// Name and version of the format of the network's outputs.
  static let referenceFormat = "galley.reference-outputs/1"

  let host: TorchHost
  let context: WorkerContext

  func run(_ request: ExportRequest) throws -> ExportResult {
    try TorchHost.explaining("export", at: request.checkpoint) {
      let checkpoint = try Checkpoint(contentsOf: request.checkpoint)
      let digest = try Digest(ofFileAt: request.checkpoint)
      let library = try host.library()
      let module = try restore(checkpoint, at: request.checkpoint, in: library)
      context.progress("exporting", completed: 0, total: 2, unit: "steps")
      let card = modelCard(checkpoint)
      var model = try module.exportONNX(
        inputShape: checkpoint.inputShape, in: library,
        options: ONNXExportOptions(
          opset: request.opset, inputName: Self.names.input, outputName: Self.names.output,
          graphName: checkpoint.architecture.name, producer: "galley \(galleyVersion)"))
      model.metadata = try metadata(checkpoint, digest, card)
      let bytes = try model.serialized()
      try context.checkCancellation()
      context.progress("exporting", completed: 1, total: 2, unit: "steps")
      let reference = try request.samples.map { try refer($0, module, checkpoint, digest, library) }
      // The model comes last: where it is, all is.
      try AtomicFile.write(bytes, to: request.model)
      context.progress("exporting", completed: 2, total: 2, unit: "steps")
      return ExportResult(
        model: ModelFile(path: request.model, format: .onnx, digest: Digest(of: bytes), byteCount: bytes.count),
        card: card, reference: reference, libTorchVersion: library.version)
    }
  }

  private func restore(
    _ checkpoint: Checkpoint, at path: String, in library: TorchLibrary
  ) throws -> any Module {
    let architecture = try TorchHost.architecture(checkpoint.architecture)
    guard architecture.card.version.major == checkpoint.architectureVersion.major else {
      throw GalleyError(
        .badData, "can't use the checkpoint", at: path,
        why: "it holds \(checkpoint.architecture.name) \(checkpoint.architectureVersion), but this is version "
          + "\(architecture.card.version)", remedy: "Train it anew with this version.")
    }
    try library.setThreadCount(checkpoint.threads)
    let state = ModuleState(library: library)
    let module = try architecture.made.makeModule(
      inputShape: checkpoint.inputShape, classes: checkpoint.labels.count, in: state.root)
    try state.load(Safetensors(tensors: checkpoint.weights))
    return module
  }

  private func modelCard(_ checkpoint: Checkpoint) -> ModelCard {
    ModelCard(
      input: TensorSpec(
        name: Self.names.input, elementType: .float32, shape: [nil] + checkpoint.inputShape.map { $0 }),
      output: TensorSpec(name: Self.names.output, elementType: .float32, shape: [nil, checkpoint.labels.count]),
      scores: .logits, preprocessing: checkpoint.preprocessing, labels: checkpoint.labels)
  }

  private func metadata(_ checkpoint: Checkpoint, _ digest: Digest, _ card: ModelCard) throws -> [String: String] {
    [
      "galley.card": try CheckpointMetadata.json(card),
      "galley.architecture": "\(checkpoint.architecture.name) \(checkpoint.architectureVersion)",
      "galley.architecture.options": try CheckpointMetadata.json(checkpoint.architecture.options),
      "galley.checkpoint.sha256": digest.hex, "galley.libtorch": checkpoint.libTorchVersion,
    ]
  }

  private func refer(
    _ samples: ExportRequest.Samples, _ module: any Module, _ checkpoint: Checkpoint, _ digest: Digest,
    _ library: TorchLibrary
  ) throws -> ExportResult.Reference {
    let data = try PreparedData(contentsOf: samples.data)
    let all = try data.items(samples.subset)
    guard samples.limit >= 1, all.count >= 1 else {
      throw GalleyError(
        .badData, "can't compare the models", at: samples.data, why: "there are no samples",
        remedy: "Ask for at least one item of a subset that has some.")
    }
    let items = try all.selecting(Array(0..<min(samples.limit, all.count)))
    let inputs = try checkpoint.preprocessing.apply(to: items.inputs)
    let logits = try ClassifierEvaluation(module, in: library).logits(inputs)
    let file = Safetensors(
      tensors: [Self.names.input: inputs, Self.names.output: logits],
      metadata: [
        "format": Self.referenceFormat, "ids": try CheckpointMetadata.json(items.ids),
        "subset": samples.subset.rawValue,
        "checkpoint": digest.hex, "libtorch": library.version,
      ])
    let bytes = try file.serialized()
    try AtomicFile.write(bytes, to: samples.output)
    return ExportResult.Reference(path: samples.output, digest: Digest(of: bytes), ids: items.ids)
  }
}
