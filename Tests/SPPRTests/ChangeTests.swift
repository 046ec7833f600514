// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Galley
import SPPR
import Testing

@Suite struct ChangeTests {
  @Test func writesAChangedValueAsPythonWould() throws {
    for change in try PeerFixture.shared.get().changes {
      var recipe = try Fixtures.recipe()
      try recipe.set(change.name, to: change.value.value)
      #expect(recipe.values(named: change.name).first?.value == change.value.value)
      #expect(Digest(of: try recipe.serialized()).hex == change.digest, "\(change.name)")
      #expect(recipe.check() == [])
    }
  }

  @Test func clearingTakesASettingBack() throws {
    var recipe = try Fixtures.recipe()
    try recipe.set("train.num_epochs", to: 7)
    try recipe.clear("train.num_epochs")
    #expect(try recipe.serialized() == Fixtures.data("detection-recipe.sppr"))
    try recipe.clear("paths.cache_dir")
    #expect(recipe.values(named: "paths.cache_dir").first?.value == "${paths.workspace_dir}/datasets/")
  }

  @Test(arguments: [
    ("target.height", PortableValue.text("tall"), "int is expected, not text"),
    ("target.height", 0, "0 is less than 1, the least"),
    ("target.height", true, "int is expected, not a bool"),
    ("post_processor.iou_threshold", 1.5, "1.5 is more than 1, the most"),
    ("data.normalization", "imagenets", "'imagenets' is none of the choices: 'imagenet', 'inception', 'yolo'"),
    ("trainer.devices", .list([0, 9]), "9 is none of the choices: 0, 1, 2, 3"),
    ("trainer.devices", 0, "a list is expected, not an int"),
    ("target.hieght", 3, "no slot has this name"),
    ("augmentation_list", .list([]), "2 slots have this name"),
  ])
  func refusesWhatDoesNotFit(name: String, value: PortableValue, words: String) throws {
    var recipe = try Fixtures.recipe()
    let error = #expect(throws: GalleyError.self) { try recipe.set(name, to: value) }
    #expect(error?.exitCode == .configuration)
    #expect(error?.why.contains(words) == true, "\(error?.description ?? "")")
    #expect(try recipe.serialized() == Fixtures.data("detection-recipe.sppr"))
  }

  @Test(arguments: [("target.height", PortableValue.text("${task.width}")), ("target.height", "???")])
  func interpolationsAndMarksFitEverySlot(name: String, value: PortableValue) throws {
    var recipe = try Fixtures.recipe()
    try recipe.set(name, to: value)
    #expect(recipe.check() == [])
  }

  @Test func suggestsTheNearestName() throws {
    var recipe = try Fixtures.recipe()
    let error = #expect(throws: GalleyError.self) { try recipe.set("target.hieght", to: 3) }
    #expect(error?.remedy == "Did you mean 'target.height'?")
  }

  @Test func setsOneOfSeveralSlotsByItsPlace() throws {
    var recipe = try Fixtures.recipe()
    let slots = recipe.values(named: "augmentation_list")
    try recipe.set(slots[1], to: ["Normalize()"])
    #expect(recipe.values(named: "augmentation_list").map(\.value?.list?.count) == [2, 1])
  }

  @Test func numbersNodesByGivenNameAndThenByIngredient() throws {
    let original = try Fixtures.recipe()
    var same = original
    same.renumber()
    #expect(same == original)
    // Every node under another number, the references with them.
    let yaml = original.document.yaml
    let portable = try #require(yaml.firstRange(of: "\nportable:\n"))
    var shuffled = String(yaml[portable.lowerBound...])
    for number in (0...24).reversed() {
      shuffled = shuffled.replacing("'\(number)'", with: "'#\((number * 7 + 3) % 25)'")
    }
    shuffled = shuffled.replacing("#", with: "")
    var recipe = try PortableRecipe(PortableDocument(yaml: yaml[..<portable.lowerBound] + shuffled))
    #expect(try recipe.serialized() != original.serialized())
    #expect(recipe.check() == [])
    recipe.renumber()
    #expect(try recipe.serialized() == original.serialized())
  }
}
