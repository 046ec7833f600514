// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import ModelFiles
internal import Tensors

/// A model that exists already, as backends get it, with what it says of itself.
struct KnownModel {
  let reference: ModelReference
  let meaning: ModelMeaning
  let values: [ExplainedValue]
  /// Where sources contradict each other.
  var warnings: [String] = []

  /// A checkpoint: the backend that wrote it says what it is.
  /// - Throws: `GalleyError` if no backend knows the file.
  init(checkpoint path: String, _ registry: BackendRegistry) throws(GalleyError) {
    let reference = ModelReference.checkpoint(path)
    var found: ModelMeaning?
    for backend in registry.backends where found == nil { found = try backend.meaning(of: reference) }
    guard let meaning = found else {
      throw GalleyError(
        .badData, "can't use the checkpoint", at: path, why: "no backend knows what is in it",
        remedy: "galley models lists what each backend takes.")
    }
    self.reference = reference
    self.meaning = meaning
    values = [
      ExplainedValue("model.checkpoint", .string(path), .given),
      ExplainedValue("model.task", .string(meaning.task.rawValue), .automatic, reason: "the checkpoint says it"),
    ]
  }

  /// A model file: what it means comes from what the user says, its card, its metadata and its shapes.
  /// - Throws: `GalleyError` if it can't be read, isn't a classifier over one input, or its meaning isn't known.
  init(file path: String, _ options: ExpectationOptions) throws(GalleyError) {
    let description = try ModelDescription(of: path)
    let expectation = try ModelExpectation(ofModelAt: path, description, options: options)
    let outputs = description.outputs.compactMap(\.tensor)
    let scored = outputs.first { $0.shape.last == expectation.labels.value?.count }
    guard description.inputs.count == 1, let input = description.inputs.first?.tensor,
      let output = scored ?? outputs.first
    else {
      throw GalleyError(
        .badData, "can't use the model", at: path,
        why: "a classifier has one input and an output of scores; it has \(description.inputs.count) inputs and "
          + "\(description.outputs.count) outputs")
    }
    guard let preprocessing = expectation.preprocessing, let labels = expectation.labels.value,
      let scores = expectation.output.value.flatMap({ ModelCard.Scores(rawValue: $0.rawValue) })
    else {
      throw GalleyError(
        .badData, "can't use the model", at: path,
        why: expectation.missingForQuality.joined(separator: "; "),
        remedy: "Say it in a card beside the file, or with --model-labels, --model-preprocessing and --model-output.")
    }
    guard let file = description.files.first else {
      throw GalleyError(.badData, "can't use the model", at: path, why: "its file can't be read")
    }
    let card = ModelCard(input: input, output: output, scores: scores, preprocessing: preprocessing, labels: labels)
    let isMultiLabel = expectation.task.value.map { $0.contains("multi") && $0.contains("label") } ?? false
    reference = .file(
      ModelFile(path: path, format: description.format, digest: file.digest, byteCount: file.byteCount), card)
    meaning = ModelMeaning(
      task: isMultiLabel ? .multiLabelClassification : .classification, labels: labels, preprocessing: preprocessing)
    warnings = expectation.conflicts
    values =
      [ExplainedValue("model.file", .string(path), .given)]
      + expectation.rows.filter { $0.count == 3 && $0[1] != "unknown" }.map {
        ExplainedValue("model.\($0[0])", .string($0[1]), .automatic, reason: $0[2])
      }
  }
}
