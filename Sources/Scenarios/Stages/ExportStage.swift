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
    let samples = ExportRequest.Samples(
      data: data.path, subset: .validation, limit: options.samples, output: "\(folder)/reference.safetensors")
    let request = ExportRequest(
      checkpoint: checkpoint, opset: options.opset, model: "\(folder)/model.onnx", samples: samples)
    let result = try await backend.export(request)
    let certificate = try await certify(result, data: data, tolerance: options.tolerance, in: folder)
    return [
      "model": result.model.path, "card": try write(result.card, "\(folder)/card.json"),
      "certificate": try write(certificate, "\(folder)/certificate.json"),
    ]
  }

  /// Shows the exported model the items that the trained one saw, in a process of its own.
  private func certify(
    _ result: ExportResult, data: PreparedFile, tolerance: Double, in folder: String
  ) async throws -> ExportCertificate {
    guard let reference = result.reference else {
      throw GalleyError(.software, "can't certify the exported model", why: "the worker gave no scores to compare with")
    }
    let outputs = "\(folder)/outputs.safetensors"
    _ = try await target.predictOutputs(
      of: result.model, runtime: try recipe.runtimeChoice(), data: data.path, subset: .validation, ids: reference.ids,
      to: outputs)
    return try ExportCertificate(
      trained: Self.tensor("logits", in: reference.path), exported: Self.tensor(result.card.output.name, in: outputs),
      tolerance: tolerance, subset: .validation)
  }

  private static func tensor(_ name: String, in path: String) throws -> Tensor {
    try Safetensors(Data(contentsOf: URL(filePath: path))).tensor(name)
  }
}
