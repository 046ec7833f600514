// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Recipes

extension Workshop {
  /// Checks a model file of the user's against the data and takes it over; keeps `model`, `card` and `record`.
  func takeOver(_ recipe: Recipe, _ prepare: Int, _ texts: inout SlotTexts) throws -> StageNode {
    let slot = try recipe.slot("model.architecture")
    let options = try slot.options(of: ModelFileONNX.self)
    let measurement = try recipe.slot("measurement").options(of: InterleavedMeasurement.self)
    let web = slot.webReferences["path"]
    let digest = web?.digest ?? ContentReference.digest(in: options.path)
    let path = options.path.hasPrefix("/") ? options.path : "\(recipe.folder)/\(options.path)"
    let name = web?.name ?? digest?.short ?? path.split(separator: "/").last.map(String.init) ?? path
    return StageNode(
      stage: "import", label: "import \(name)",
      parts: [
        "file": .text(try texts.text("model.architecture", of: recipe)), "name": .text(name),
        "data": .output(of: prepare, name: "data"), "batch": .text(String(measurement.batch)),
      ], slots: try recipe.choices("model.architecture")
    ) { inputs, _, folder in
      let file = digest.map(inputs.pantry.path) ?? path
      let stage = TakeOverStage(path: file, name: name, batch: measurement.batch)
      return try stage.run(data: inputs.prepared(prepare).contents, in: folder)
    }
  }
}

/// What is known of a model file that was taken over.
struct ModelFileRecord: Sendable, Hashable, Codable {
  /// The file's name, without folders.
  var name: String
  /// SHA-256 of the file.
  var digest: Digest
  /// Size of the file in bytes.
  var byteCount: Int
  /// The program that wrote it, as it says itself.
  var producer: String
  /// Version of ONNX's operator set.
  var opset: Int
  /// The meaning of its input and output.
  var card: ModelCard
  /// Where the preprocessing in the card comes from, as a clause.
  var preprocessingOrigin: String
  /// Where the labels in the card come from, as a clause.
  var labelsOrigin: String
}

/// Takes one file over.
private struct TakeOverStage {
  let path: String
  let name: String
  let batch: Int

  func run(data: PreparedData, in folder: String) throws -> [String: String] {
    let copy = "\(folder)/model.onnx"
    // What is checked are the bytes that are kept, whatever happens to the user's file meanwhile.
    do throws(FileError) {
      try AtomicFile.copy(path, to: copy)
    } catch {
      throw error.operation == .read
        ? GalleyError(
          .missingInput, "can't read the model", at: path, why: error.reason, remedy: "Check the path of the model.")
        : GalleyError(writing: error, "can't copy the model")
    }
    let inspection = try ModelFileInspection(copy, shownAs: path)
    let finding = try inspection.card(for: data, batch: batch)
    let file = try ModelFile(at: copy, format: .onnx)
    let record = ModelFileRecord(
      name: name, digest: file.digest, byteCount: file.byteCount, producer: inspection.producer,
      opset: inspection.opset, card: finding.card, preprocessingOrigin: finding.preprocessingOrigin,
      labelsOrigin: finding.labelsOrigin)
    return [
      "model": copy, "card": try write(finding.card, "\(folder)/card.json"),
      "record": try write(record, "\(folder)/record.json"),
    ]
  }
}
