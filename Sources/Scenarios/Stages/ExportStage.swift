// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Backends
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Recipes
internal import Targets
internal import Tensors

extension Workshop {
  /// Exports the trained network, and certifies that the file computes the same; keeps `model`, `card` and
  /// `certificate`.
  func export(_ recipe: Recipe, _ train: Int, _ prepare: Int, _ texts: inout SlotTexts) throws -> StageNode {
    StageNode(
      stage: "export", label: "export \(try recipe.slot("model.architecture").summary)",
      parts: [
        "checkpoint": .output(of: train, name: "checkpoint"), "data": .output(of: prepare, name: "data"),
        "export": .text(try texts.text("export", of: recipe)),
        "libtorch": .text(try ToolIdentity.libTorch()), "onnxruntime": .text(try ToolIdentity.onnxRuntime()),
      ], slots: try recipe.choices("export", "runtime")
    ) { [backend, target] inputs, _, folder in
      let checkpoint = inputs.pantry.path(of: try inputs.record(train).output("checkpoint"))
      return try await ExportStage(backend: backend, target: target, recipe: recipe)
        .run(checkpoint: checkpoint, data: inputs.prepared(prepare), in: folder)
    }
  }
}

/// Exports one checkpoint.
private struct ExportStage {
  let backend: LibTorchBackend
  let target: LocalTarget
  let recipe: Recipe

  func run(checkpoint: String, data: PreparedFile, in folder: String) async throws -> [String: String] {
    let options = try recipe.slot("export").options(of: ONNXExport.self)
    var export = ExportOptions()
    (export.opset, export.tolerance, export.samples) = (options.opset, options.tolerance, options.samples)
    let request = VerbRequest(
      .export(export), model: .checkpoint(checkpoint), data: .prepared(path: data.path, digest: data.digest),
      task: .classification, preprocessing: data.contents.preprocessing, labels: data.contents.labels, folder: folder)
    let result = try await backend.run(request, events: EventSink { _ in })
    let certificate = try await certify(result, data: data, tolerance: options.tolerance, in: folder)
    return [
      "model": try result.file("model"), "card": try result.file("card"),
      "certificate": try write(certificate, "\(folder)/certificate.json"),
    ]
  }

  /// Shows the exported model the items that the trained one saw, in a process of its own.
  private func certify(
    _ result: VerbResult, data: PreparedFile, tolerance: Double, in folder: String
  ) async throws -> ExportCertificate {
    let reference = try Safetensors(Data(contentsOf: URL(filePath: result.file("reference"))))
    let ids = try JSONDecoder().decode([String].self, from: Data((reference.metadata["ids"] ?? "[]").utf8))
    guard let model = result.files["model"] else {
      throw GalleyError(.software, "can't certify the exported model", why: "there is none")
    }
    let file = ModelFile(path: model.path, format: .onnx, digest: model.digest, byteCount: model.byteCount)
    let outputs = "\(folder)/outputs.safetensors"
    _ = try await target.predictOutputs(
      of: file, runtime: try recipe.runtimeChoice(), data: data.path, subset: .validation, ids: ids, to: outputs)
    return try ExportCertificate(
      trained: reference.tensor("logits"), exported: Self.tensor("logits", in: outputs), tolerance: tolerance,
      subset: .validation)
  }

  private static func tensor(_ name: String, in path: String) throws -> Tensor {
    try Safetensors(Data(contentsOf: URL(filePath: path))).tensor(name)
  }
}
