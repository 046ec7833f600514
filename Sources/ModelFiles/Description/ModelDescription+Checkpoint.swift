// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Tensors

extension ModelDescription {
  /// Describes a network that Galley trained: its file says its input, its classes and its preprocessing.
  /// - Throws: `GalleyError` if the file is something else.
  init(ofCheckpointAt path: String, files: [File]) throws(GalleyError) {
    let file: Safetensors
    do {
      file = try Safetensors(Data(contentsOf: URL(filePath: path), options: .alwaysMapped))
    } catch {
      throw GalleyError(.badData, "can't read the checkpoint", at: path, why: "\(error)")
    }
    func value<Value: Decodable>(_ key: String, _ type: Value.Type) -> Value? {
      file.metadata[key].flatMap { try? JSONDecoder().decode(type, from: Data($0.utf8)) }
    }
    guard file.metadata["format"]?.hasPrefix("galley.checkpoint/") == true,
      let shape = value("input.shape", [Int].self), let labels = value("labels", [String].self),
      let preprocessing = value("preprocessing", Preprocessing.self)
    else {
      throw GalleyError(
        .badData, "can't read the checkpoint", at: path, why: "it is no checkpoint that Galley wrote",
        remedy: "Weights alone are no model: export it to ONNX from where it was trained.")
    }
    self.init(format: .checkpoint, formatVersion: file.metadata["format"] ?? "", files: files)
    producer = file.metadata["libtorch"].map { "LibTorch \($0)" }
    let card = ModelCard(
      input: TensorSpec(name: "input", elementType: .float32, shape: [nil] + shape.map { $0 }),
      output: TensorSpec(name: "logits", elementType: .float32, shape: [nil, labels.count]), scores: .logits,
      preprocessing: preprocessing, labels: labels, task: value("task", EngineTask.self) ?? .classification)
    inputs = [ValueSpec(card.input)]
    outputs = [ValueSpec(card.output)]
    dimensionNames = [["batch"] + shape.map { _ in "" }]
    parameters = Self.counted(
      file.tensors.map { ($0.value.elementType.rawValue, $0.value.count, $0.value.bytes.count) })
    metadata = file.metadata
    metadata[CardFile.metadataKey] = (try? JSONEncoder().encode(card)).map { String(decoding: $0, as: UTF8.self) }
    notes.append("Its operators are those of \(file.metadata["architecture"] ?? "its architecture").")
  }
}
