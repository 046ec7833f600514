// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Backends
internal import Galley
internal import Pantry
internal import Recipes

extension Workshop {
  /// Exports the trained network, and certifies that the file computes the same; keeps `model`, `card` and
  /// `certificate`.
  func export(_ recipe: Recipe, _ train: Int, _ prepare: Int, _ texts: inout SlotTexts) throws -> StageNode {
    StageNode(
      stage: "export", version: 2, label: "export \(try recipe.slot("model.architecture").summary)",
      parts: [
        "checkpoint": .output(of: train, name: "checkpoint"), "data": .output(of: prepare, name: "data"),
        "export": .text(try texts.text("export", of: recipe)),
        "libtorch": .text(try ToolIdentity.libTorch()), "onnxruntime": .text(try ToolIdentity.onnxRuntime()),
      ], slots: try recipe.choices("export", "runtime")
    ) { [backend, isRehearsal] inputs, _, folder in
      let checkpoint = inputs.pantry.path(of: try inputs.record(train).output("checkpoint"))
      let data = try inputs.prepared(prepare)
      let options = try recipe.slot("export").options(of: ONNXExport.self)
      var export = ExportOptions()
      (export.opset, export.tolerance, export.samples) = (options.opset, options.tolerance, options.samples)
      if isRehearsal { export.samples = min(Rehearsal.items, export.samples) }
      let request = VerbRequest(
        .export(export), model: .checkpoint(checkpoint), data: .prepared(path: data.path, digest: data.digest),
        task: .classification, preprocessing: data.contents.preprocessing, labels: data.contents.labels,
        folder: folder)
      let result = try await backend.run(request, events: EventSink { _ in })
      return [
        "model": try result.file("model"), "card": try result.file("card"),
        "certificate": try result.file("certificate"),
      ]
    }
  }
}
