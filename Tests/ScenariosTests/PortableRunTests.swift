// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Images
import Pantry
import Recipes
import Scenarios
import Testing

@Suite(.enabled(if: Kitchen.isUsable, "libraries or the galley program are missing: run make setup"))
struct PortableRunTests {
  @Test func aPortableRecipeRunsWhereOnlyThePantryHasItsFiles() async throws {
    let (home, away) = (try Kitchen(), try Kitchen())
    let catalogue = try CardCatalogue(Kitchen.catalogue().cards + Card.tasks)
    let file = try home.recipe(variants: "variants: [{name: one}, {name: two, set: {optimizer: int8}}]")
    let document = try RecipeDocument.portable(file, catalogue: catalogue)
    let whole = try await home.run(file)
    for reference in document.references {
      let note = ArtifactNote(name: reference.name, role: .data)
      #expect(try away.pantry.store(fileAt: try #require(reference.path), note: note) == reference.digest)
      try FileManager.default.removeItem(atPath: try #require(reference.path))
    }
    try FileManager.default.removeItem(atPath: "\(away.path)/digits.csv")
    let read = try RecipeFile.read(
      text: document.yaml(catalogue: catalogue), path: "portable.yaml", folder: "/", catalogue: catalogue)
    let again = try await away.runner().run(read, output: "\(away.path)/output")
    #expect(again.variants.map(\.recipeDigest) == whole.outcome.variants.map(\.recipeDigest))
    #expect(again.variants.map(\.accuracy) == whole.outcome.variants.map(\.accuracy))
  }

  @Test func aFolderOfImagesIsFoundByItsContent() async throws {
    let kitchen = try Kitchen()
    for (label, name) in ["dark", "light"].enumerated() {
      for number in 0..<6 {
        let bytes = (0..<12 * 12 * 3).map { UInt8(label * 150 + ($0 * 7 + number * 13) % 90) }
        let image = try Image(width: 12, height: 12, format: .rgb, bytes: bytes)
        try AtomicFile.write(
          Data(image.encoded(as: .jpeg(quality: 90))), to: "\(kitchen.path)/photos/\(name)/\(number).jpg")
      }
    }
    let text = """
      recipe: photos
      task: classification
      data: {use: images, path: photos, height: 12, width: 12}
      model: {architecture: {use: small-convnet, width: 4, depth: 2}}
      """
    let catalogue = try CardCatalogue(Kitchen.catalogue().cards + Card.tasks)
    let file = try RecipeFile.read(text: text, path: "p.yaml", folder: kitchen.path, catalogue: catalogue)
    let document = try RecipeDocument.portable(file, catalogue: catalogue)
    let reference = try #require(document.references.first)
    #expect(reference.kind == .folder && document.references.count == 1)
    let digests = try file.variants.map { try $0.recipe.digest() }
    try kitchen.pantry.store(folderAt: "\(kitchen.path)/photos", expecting: reference.digest)
    try FileManager.default.removeItem(atPath: "\(kitchen.path)/photos")
    let read = try RecipeFile.read(text: document.json(), path: "p.json", folder: "/", catalogue: catalogue)
    #expect(try read.variants.map { try $0.recipe.digest() } == digests)
    let products = try await kitchen.runner().rehearse(
      Rehearsal(of: read, catalogue: catalogue), output: "\(kitchen.path)/output")
    #expect(products.report != nil)
  }

  @Test func aDataSetThatIsMoreThanTheFileThatDescribesItIsRefused() throws {
    let kitchen = try Kitchen()
    let image = try Image(width: 4, height: 4, format: .rgb, bytes: [UInt8](repeating: 9, count: 48))
    try AtomicFile.write(Data(image.encoded(as: .png())), to: "\(kitchen.path)/set/a.png")
    try AtomicFile.write(Data("path,label\na.png,x\n".utf8), to: "\(kitchen.path)/set/items.csv")
    let catalogue = try CardCatalogue(Kitchen.catalogue().cards + Card.tasks)
    func file(_ path: String) throws -> RecipeFile {
      try RecipeFile.read(
        text: """
          recipe: listed
          task: classification
          data: {use: images, path: \(path), height: 4, width: 4}
          model: {architecture: small-convnet}
          """, path: "r.yaml", folder: kitchen.path, catalogue: catalogue)
    }
    let error = #expect(throws: GalleyError.self) { try Kitchen.catalogue().portable(file("set/items.csv")) }
    #expect(error?.why.contains("a.png") == true)
    #expect(try Kitchen.catalogue().portable(file("set")).references.map(\.kind) == [.folder])
  }
}
