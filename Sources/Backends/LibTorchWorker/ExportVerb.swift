// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Architectures
internal import Files
internal import FoundationEssentials
internal import Galley
internal import ONNX
internal import Tensors
internal import Torch
internal import WorkerProtocol

/// `export`: writes a checkpoint's network as an ONNX model, its card, and what the network says to some real items.
struct ExportVerb {
  /// Names of the exported model's input and output.
  static let names = (input: "input", output: "logits")
  /// Name and version of the format of the network's outputs.
  static let referenceFormat = "galley.reference-outputs/1"

  let host: TorchHost
  let context: WorkerContext
  let request: VerbRequest

  func run(_ options: ExportOptions) throws -> VerbResult {
    guard case .checkpoint(let path) = request.model else {
      throw GalleyError(.configuration, "can't export", why: "only a checkpoint can be exported")
    }
    return try TorchHost.explaining("export", at: path) {
      let library = try host.library()
      let network = try RestoredNetwork(contentsOf: path, threads: options.threads, in: library)
      context.event(.started(.export, total: 2, unit: "steps"))
      let card = card(network.checkpoint)
      var model = try network.module.exportONNX(
        inputShape: network.checkpoint.inputShape, in: library,
        options: ONNXExportOptions(
          opset: options.opset, inputName: Self.names.input, outputName: Self.names.output,
          graphName: network.checkpoint.architecture.name, producer: "galley \(galleyVersion)"))
      model.metadata = try metadata(network, card)
      let bytes = try model.serialized()
      try context.checkCancellation()
      let reference = try refer(network, samples: options.samples, library)
      try AtomicFile.write(Data(CheckpointMetadata.json(card).utf8), to: file("card.json"))
      // The model comes last: where it is, all is.
      try AtomicFile.write(bytes, to: file("model.onnx"))
      var files = ["model": try produced("model.onnx"), "card": try produced("card.json")]
      files["reference"] = try reference.map { try VerbResult.ProducedFile(writtenAt: $0) }
      return VerbResult(status: .succeeded, files: files, tools: ["libtorch": library.version])
    }
  }

  private func file(_ name: String) -> String { "\(request.folder)/\(name)" }
  private func produced(_ name: String) throws -> VerbResult.ProducedFile {
    try VerbResult.ProducedFile(writtenAt: file(name))
  }

  private func card(_ checkpoint: Checkpoint) -> ModelCard {
    ModelCard(
      input: TensorSpec(
        name: Self.names.input, elementType: .float32, shape: [nil] + checkpoint.inputShape.map { $0 }),
      output: TensorSpec(name: Self.names.output, elementType: .float32, shape: [nil, checkpoint.labels.count]),
      scores: .logits, preprocessing: checkpoint.preprocessing, labels: checkpoint.labels)
  }

  private func metadata(_ network: RestoredNetwork, _ card: ModelCard) throws -> [String: String] {
    let checkpoint = network.checkpoint
    return [
      "galley.card": try CheckpointMetadata.json(card),
      "galley.architecture": "\(checkpoint.architecture.name) \(checkpoint.architectureVersion)",
      "galley.architecture.options": try CheckpointMetadata.json(checkpoint.architecture.options),
      "galley.checkpoint.sha256": network.digest.hex, "galley.libtorch": checkpoint.libTorchVersion,
    ]
  }

  /// Writes what the trained network says to the first items of the validation subset, or else of another one.
  ///
  /// The file is safetensors with the tensors `input` (float32, items × one input's shape, preprocessed) and `logits`
  /// (float32, items × classes), and in the metadata `format`, `ids` (a JSON list), `subset`, `checkpoint` (SHA-256) and
  /// `libtorch`.
  private func refer(_ network: RestoredNetwork, samples: Int, _ library: TorchLibrary) throws -> String? {
    guard let items = try RequestedData(request).samples(samples) else { return nil }
    let logits = try ClassifierEvaluation(network.module, in: library).logits(items.inputs)
    let contents = Safetensors(
      tensors: [Self.names.input: items.inputs, Self.names.output: logits],
      metadata: [
        "format": Self.referenceFormat, "ids": try CheckpointMetadata.json(items.ids),
        "subset": items.subset?.rawValue ?? "", "checkpoint": network.digest.hex, "libtorch": library.version,
      ])
    let path = file("reference.safetensors")
    try AtomicFile.write(contents.serialized(), to: path)
    return path
  }
}

/// A checkpoint's network with its weights.
struct RestoredNetwork {
  let checkpoint: Checkpoint
  let digest: Digest
  let module: any Module
  let state: ModuleState

  /// Reads a checkpoint and makes its network.
  /// - Parameter threads: Threads of one operation; `nil` takes those of the training.
  init(contentsOf path: String, threads: Int?, in library: TorchLibrary) throws {
    checkpoint = try Checkpoint(contentsOf: path)
    digest = try Digest(ofFileAt: path)
    let architecture = try TorchHost.architecture(checkpoint.architecture)
    guard architecture.card.version.major == checkpoint.architectureVersion.major else {
      throw GalleyError(
        .badData, "can't use the checkpoint", at: path,
        why: "it holds \(checkpoint.architecture.name) \(checkpoint.architectureVersion), but this is version "
          + "\(architecture.card.version)", remedy: "Train it anew with this version.")
    }
    try library.setThreadCount(threads ?? checkpoint.threads)
    state = ModuleState(library: library)
    module = try architecture.made.makeModule(
      inputShape: checkpoint.inputShape, classes: checkpoint.labels.count, in: state.root)
    let saved = Safetensors(tensors: checkpoint.weights)
    let differences = try state.differences(from: saved)
    guard differences.isEmpty else {
      throw GalleyError(
        .badData, "can't use the checkpoint", at: path, why: differences.joined(separator: "; "),
        remedy: "Train it anew with this version of \(checkpoint.architecture.name).")
    }
    try state.load(saved)
  }
}
