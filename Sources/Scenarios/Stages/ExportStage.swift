// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Backends
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Recipes
internal import Targets
internal import Tensors

/// Exports the trained network, and certifies that the file computes the same.
struct ExportStage {
  let backend: LibTorchBackend
  let target: LocalTarget
  let recipe: Recipe
  let pantry: Pantry

  /// Keeps `model`, `card` and `certificate`.
  func run(on runner: StageRunner, checkpoint: Digest, data: PreparedFile) async throws -> StageRecord {
    let slot = try recipe.slot("export")
    let identity = StageIdentity(
      stage: "export", version: 1,
      parts: [
        "checkpoint": checkpoint.hex, "data": data.digest.hex,
        "export": try slot.canonicalText(relativeTo: recipe.folder),
        "libtorch": try ToolIdentity.libTorch(), "onnxruntime": try ToolIdentity.onnxRuntime(),
      ])
    let options = try slot.options(of: ONNXExport.self)
    let label = "export \(try recipe.slot("model.architecture").summary)"
    return try await runner.run(identity, label: label) { folder in
      let samples = ExportRequest.Samples(
        data: data.path, subset: .validation, limit: options.samples, output: "\(folder)/reference.safetensors")
      let request = ExportRequest(
        checkpoint: pantry.path(of: checkpoint), opset: options.opset, model: "\(folder)/model.onnx", samples: samples)
      let result = try await backend.export(request)
      let certificate = try await certify(result, data: data, tolerance: options.tolerance, in: folder)
      return [
        "model": result.model.path, "card": try write(result.card, "\(folder)/card.json"),
        "certificate": try write(certificate, "\(folder)/certificate.json"),
      ]
    }
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
