// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Recipes
import Testing

/// A recipe may say which declared target measures it; that is no part of what it means.
@Suite struct RecipeTargetTests {
  private func read(_ rest: String) throws -> RecipeFile {
    let text = """
      recipe: digits
      task: classification
      data: {use: table, path: digits.csv}
      model: {architecture: net}
      trainer: {batch: 8}

      """
    return try RecipeFile.read(
      text: text + rest, path: "r.yaml", folder: "/nowhere", catalogue: CardFixture.catalogue())
  }

  @Test func aNameIsATarget() throws {
    #expect(try read("").variants.map(\.target) == [nil])
    #expect(try read("target:\n").variants.map(\.target) == [nil])
    #expect(try read("target: board\n").variants.map(\.target) == ["board"])
  }

  @Test func variantsMayBeMeasuredElsewhere() throws {
    let file = try read(
      """
      target: board
      variants:
        - name: there
        - name: here
          set: {target: local}
        - name: int8 on the other
          set: {target: other, optimizer: int8}
      """)
    #expect(file.variants.map(\.target) == ["board", "local", "other"])
    #expect(file.variants[0].recipe == file.variants[1].recipe)
    #expect(file.variants[2].recipe.slots["optimizer"]?.card.name == "int8")
  }

  @Test(arguments: ["target: 7\n", "target: [board]\n", "target: {use: board}\n"])
  func anythingElseIsRefused(rest: String) {
    #expect(throws: RecipeError.self) { try read(rest) }
  }

  @Test func seedAndTaskStayOutOfVariants() {
    #expect(throws: RecipeError.self) { try read("variants: [{name: a, set: {seed: 3}}]\n") }
  }
}
