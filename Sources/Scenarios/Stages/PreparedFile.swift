// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Pantry
internal import Recipes

/// The prepared items and the file they are in.
struct PreparedFile: Sendable {
  let path: String
  let digest: Digest
  let contents: PreparedData

  init(_ record: StageRecord, in pantry: Pantry) throws {
    digest = try record.output("data")
    path = pantry.path(of: digest)
    contents = try PreparedData(contentsOf: path)
  }
}

extension Pantry {
  /// An artifact that is a JSON document.
  func document<Document: Decodable>(_ type: Document.Type, _ name: String, of record: StageRecord) throws -> Document {
    let digest = try record.output(name)
    do {
      return try JSONDecoder().decode(type, from: try data(of: digest))
    } catch let error as DecodingError {
      throw GalleyError(
        .badData, "can't use the result of the stage '\(record.stage)'", at: path(of: digest),
        why: "its \(name) can't be read: \(error)", remedy: "Remove the file and run again.")
    }
  }

  /// An artifact that is an ONNX file.
  func onnxModel(_ name: String, of record: StageRecord) throws -> ModelFile {
    let digest = try record.output(name)
    let path = path(of: digest)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return ModelFile(
      path: path, format: .onnx, digest: digest, byteCount: (attributes[.size] as? Int) ?? 0)
  }
}

extension Recipe {
  /// The runtime that the recipe chooses, as it travels to the process that executes the model.
  func runtimeChoice() throws(GalleyError) -> IngredientChoice {
    let slot = try slot("runtime")
    return IngredientChoice(slot.card.name, options: slot.options)
  }
}
