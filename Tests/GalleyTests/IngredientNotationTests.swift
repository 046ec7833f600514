// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Testing

@Suite struct IngredientNotationTests {
  static let card = Card(
    taxonomy: "data.classification.made", version: SemanticVersion(1, 0, 0), summary: "Made for a test.",
    options: [
      OptionDeclaration("count", .int(minimum: 1, maximum: 100), default: .int(3), help: "How many."),
      OptionDeclaration("maskedItems", .bool, default: .bool(false), help: "Whether masked."),
    ])

  @Test(arguments: [
    ("made", 3, false), ("made:", 3, false), ("made:count=7", 7, false), ("made:count=7,masked-items", 7, true),
    ("made:maskedItems=true,count=9,", 9, true),
  ])
  func optionsFollowTheName(text: String, count: Int, masked: Bool) throws {
    let notation = try IngredientNotation(text)
    #expect(notation.name == "made")
    let choice = try notation.choice(of: Self.card)
    #expect(choice.options == ["count": .int(count), "maskedItems": .bool(masked)])
  }

  @Test(arguments: ["made:=", "made:==", "made:=7", "made:count=1,=", ":="])
  func anOptionWithoutANameIsRefused(text: String) throws {
    let error = try #require(throws: GalleyError.self) { try IngredientNotation(text) }
    #expect(error.exitCode == .usage)
    #expect(error.why.contains("names no option"))
  }

  @Test func valuesMayHoldSigns() throws {
    #expect(try IngredientNotation("file:path=a=b:c").options == ["path": "a=b:c"])
  }

  @Test func whatIsGivenApartWins() throws {
    let choice = try IngredientNotation("made:count=7").choice(of: Self.card, with: ["count": "8"])
    #expect(choice.options["count"] == .int(8))
  }

  @Test(arguments: [("made:cont=7", "Did you mean 'count'?"), ("made:x=1", "It has count, maskedItems; see there.")])
  func unknownOptionsAreNamedWithARemedy(text: String, remedy: String) throws {
    let error = try #require(throws: GalleyError.self) {
      try IngredientNotation(text).choice(of: Self.card, remedy: "; see there")
    }
    #expect(error.remedy == remedy)
  }
}
