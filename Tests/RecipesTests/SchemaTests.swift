// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Recipes
import Testing

@Suite struct SchemaTests {
  private static let schema = RecipeSchema(cards: SchemaCards.all, id: "https://example.org/recipe.schema.json")

  private func value(_ path: String) -> ConfigurationValue? {
    Self.schema.document().value(at: path)
  }

  @Test func namesItsDialectAndItself() {
    #expect(value("$schema") == .string("https://json-schema.org/draft/2020-12/schema"))
    #expect(value("$id") == .string("https://example.org/recipe.schema.json"))
  }

  @Test func theTextIsTheDocumentAndDoesNotDependOnOrder() throws {
    let text = Self.schema.text()
    #expect(try RecipeText(text).value(at: []) == Self.schema.document())
    #expect(
      text == RecipeSchema(cards: SchemaCards.all.reversed(), id: "https://example.org/recipe.schema.json").text())
  }

  @Test(arguments: [
    ("$defs/name:optimizer.int8/description", "Static quantization."),
    ("$defs/name:optimizer.int8/title", "int8 1.0.0"),
    ("$defs/ingredient:optimizer.int8/properties/samples/description", "Items."),
    ("$defs/ingredient:trainer.supervised/properties/mixed/description", "Half precision. Applies if"),
    ("$defs/ingredient:data.classification.image-table/properties/width/description", "Pixels. Must be given."),
    ("$defs/name:model.classification.perceptron/description", "Deprecated: It is weak. Take small-convnet."),
    ("$defs/task:task.classification/description", "Says which class"),
  ])
  func editorsGetHelp(path: String, start: String) {
    guard case .string(let text)? = value(path) else {
      Issue.record("\(path) is no text")
      return
    }
    #expect(text.hasPrefix(start) || text.contains(start))
  }

  @Test(arguments: [
    ("$defs/ingredient:optimizer.int8/properties/samples/default", ConfigurationValue.int(256)),
    ("$defs/ingredient:optimizer.int8/properties/samples/anyOf/0/minimum", .int(1)),
    ("$defs/ingredient:optimizer.int8/properties/samples/anyOf/0/maximum", .int(1000)),
    ("$defs/ingredient:optimizer.int8/additionalProperties", .bool(false)),
    ("$defs/name:model.classification.perceptron/deprecated", .bool(true)),
    ("$defs/ingredient:data.classification.image-table/properties/path/examples", .list([.string("data.csv")])),
    ("$defs/ingredient:trainer.supervised/properties/algorithm/anyOf/1/deprecated", .bool(true)),
    (
      "$defs/task:task.classification/properties/model/anyOf/1/properties/architecture/examples",
      .list([.string("small-convnet")])
    ),
    ("$defs/task:task.classification/properties/trainer/default", .string("supervised")),
  ])
  func editorsGetValues(path: String, expected: ConfigurationValue) {
    #expect(value(path) == expected)
  }

  @Test func ofSeveralVersionsTheNewestCounts() {
    let cards = [(1, 9), (2, 5), (1, 7)].map { major, maximum in
      Card(
        taxonomy: "task.x", version: SemanticVersion(major, 0, 0), summary: "\(major)",
        options: [OptionDeclaration("a", .int(minimum: 0, maximum: maximum), default: .int(0), help: "A.")])
    }
    let document = RecipeSchema(cards: cards, id: "x").document()
    #expect(document.value(at: "$defs/ingredient:task.x/properties/a/anyOf/0/maximum") == .int(5))
  }

  @Test func aLargeCatalogueStaysSmall() {
    let text = RecipeSchema(cards: SchemaCards.many(300), id: "x").text()
    #expect(text.utf8.count < 3_000_000)
  }

  @Test func aCatalogueWithoutTasksAcceptsNone() {
    let document = RecipeSchema(cards: [SchemaCards.int8], id: "x").document()
    #expect(document.value(at: "properties/task") == .bool(false))
  }
}

extension ConfigurationValue {
  /// The value at a path of keys and positions with slashes between them.
  func value(at path: String) -> ConfigurationValue? {
    path.split(separator: "/").reduce(Optional(self)) { value, key in
      switch value {
      case .map(let values)?: values[String(key)]
      case .list(let values)?: Int(key).flatMap { values.indices.contains($0) ? values[$0] : nil }
      default: nil
      }
    }
  }
}
