// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Recipes
import Testing

@Suite struct RecipeDocumentTests {
  private static let catalogue = Card(
    taxonomy: "model.classification.kept", version: SemanticVersion(3, 0, 0), summary: "A network with weights.",
    options: [
      OptionDeclaration("note", .string, default: .string(""), help: "Words."),
      OptionDeclaration("pretrained", .ingredient(accepts: ["weights"]), default: "none", help: "Weights."),
    ])
  private static let file = Card(
    taxonomy: "weights.stored", version: SemanticVersion(1, 0, 0), summary: "A file of weights.",
    options: [OptionDeclaration("path", .path, default: nil, help: "The file.")])

  private func withFolder<Result>(_ body: (String, CardCatalogue) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appending(path: "galley-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try AtomicFile.write(Data("1,2".utf8), to: "\(folder)/digits.csv")
    try AtomicFile.write(Data("w".utf8), to: "\(folder)/weights/w.bin")
    return try body(folder, CardCatalogue(CardFixture.cards + [Self.catalogue, Self.file] + Card.tasks))
  }

  private let recipe = """
    recipe: "a: b"
    task: classification
    seed: 7
    data: {use: table, path: digits.csv}
    split: stratified
    model: {architecture: net}
    trainer: {use: supervised, epochs: 2, batch: 8, callbacks: {early: stop, best: {use: keep}}}
    variants:
      - {name: plain}
      - name: "kept #1"
        set:
          model.architecture: {use: kept, note: "costs $${5}", pretrained: {use: stored, path: weights}}
          optimizer: int8
      - name: elsewhere
        set: {data.path: "https://example.org/d/digits.csv?x#sha256=HEX"}
      - name: content
        set: {data.path: "sha256:HEX"}
    """

  @Test func theDocumentMeansTheSameWithoutAnyFile() throws {
    try withFolder { folder, catalogue in
      let digest = try Digest(ofFileAt: "\(folder)/digits.csv")
      let text = recipe.replacing("HEX", with: digest.hex)
      let file = try RecipeFile.read(text: text, path: "r.yaml", folder: folder, catalogue: catalogue)
      let document = try RecipeDocument.portable(file, catalogue: catalogue)
      let digests = try file.variants.map { try $0.recipe.digest(tools: ["onnxruntime": "1"]) }
      let (yaml, json) = (try document.yaml(catalogue: catalogue), try document.json())
      #expect(try RecipeDocument.portable(file, catalogue: catalogue).json() == json)
      try FileManager.default.removeItem(atPath: folder)
      for text in [yaml, json] {
        #expect(!text.contains(folder) || text == yaml)
        let read = try RecipeFile.read(text: text, path: "p", folder: "/nowhere", catalogue: catalogue)
        #expect(read.name == "a: b" && read.variants.map(\.name) == ["plain", "kept #1", "elsewhere", "content"])
        #expect(try read.variants.map { try $0.recipe.digest(tools: ["onnxruntime": "1"]) } == digests)
        let architecture = try read.variants[1].recipe.slot("model.architecture")
        #expect(architecture.options["note"] == .string("costs ${5}"))
        let again = try RecipeDocument.portable(read, catalogue: catalogue)
        #expect(again.content == document.content && again.references.allSatisfy { $0.kind == .content })
      }
    }
  }

  @Test func whatItRefersToIsListedOnceWithItsPlaceAndOrigin() throws {
    try withFolder { folder, catalogue in
      let digest = try Digest(ofFileAt: "\(folder)/digits.csv")
      let text = recipe.replacing("HEX", with: digest.hex)
      let file = try RecipeFile.read(text: text, path: "r.yaml", folder: folder, catalogue: catalogue)
      let references = try RecipeDocument.portable(file, catalogue: catalogue).references
      #expect(references.count == 2)
      let data = try #require(references.first { $0.digest == digest })
      #expect(data.kind == .file && data.path == "\(folder)/digits.csv" && data.options == ["data.path"])
      #expect(data.origin == "https://example.org/d/digits.csv?x" && data.name == "digits.csv")
      let weights = try #require(references.first { $0.kind == .folder })
      #expect(weights.digest == (try Digest(ofContentAt: "\(folder)/weights")) && weights.name == "weights")
      #expect(weights.options == ["model.architecture.pretrained.path"])
    }
  }

  @Test func aMissingFileIsNamed() throws {
    try withFolder { folder, catalogue in
      let file = try RecipeFile.read(
        text: recipe.replacing("HEX", with: String(repeating: "0", count: 64)), path: "r.yaml", folder: "\(folder)/no",
        catalogue: catalogue)
      let error = #expect(throws: GalleyError.self) { try RecipeDocument.portable(file, catalogue: catalogue) }
      #expect(error?.exitCode == .missingInput && error?.description.contains("digits.csv") == true)
    }
  }
}
