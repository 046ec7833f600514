// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import SPPR
import Testing

@Suite struct FindingTests {
  @Test func aSoundRecipeHasNone() throws {
    let recipe = try SmallRecipe.recipe()
    #expect(recipe.check() == [])
    #expect(recipe.values.map(\.origin) == [.default, .actual, .default, .missing].sortedBySlot)
    #expect(try PortableRecipe(serialized: recipe.serialized()).check() == [])
  }

  @Test func looksForAnUndeclaredDefaultInTheConfiguration() throws {
    let setting = try #require(try SmallRecipe.recipe().values(named: "decay").first)
    #expect(setting.value == 0.95)
    #expect(setting.origin == .default)
  }

  @Test func namesEveryWrongIdentity() throws {
    let yaml = try Fixtures.recipe().document.yaml
    let changed = yaml.replacing("gamma: 0.95\n", with: "gamma: 0.9\n").replacing("mAP - torchmetrics", with: "mAP")
    let recipe = try PortableRecipe(PortableDocument(yaml: changed))
    #expect(recipe.identities == (46, 48))
    let findings = recipe.check()
    #expect(findings.map(\.kind) == [.wrongIdentity, .wrongIdentity])
    #expect(
      findings.map(\.path.description) == [
        "pantry/configs/93b198d1b3260541a3f88e84874e79bde8f9c2b664cf0e019cc952354ed3b6ec",
        "pantry/ingredients/a6591844759e1ef399f57063a68320c513d282d7512e150aba14abd2ecab7984",
      ])
    #expect(findings[0].message.contains("the configuration's content has the SHA-256 "))
  }

  @Test func namesAConfigurationThatIsMissing() throws {
    let yaml = SmallRecipe.document().yaml
    let id = SmallRecipe.id(SmallRecipe.configuration)
    let other = String(repeating: "f", count: 64)
    let changed = yaml.replacing("\n    \(id):", with: "\n    \(other):")
    let findings = try PortableRecipe(PortableDocument(yaml: changed)).check()
    #expect(findings.map(\.kind) == [.wrongIdentity, .missing, .missing])
    #expect(findings[1].path.description.hasSuffix("refers_to/_config_hash"))
    #expect(findings[1].message == "the recipe holds no configuration '\(id)'")
  }

  private static let leaf = SmallRecipe.leaf
  private static let holder = SmallRecipe.holder

  /// What is put in place of nodes, and the findings that follow.
  static let spoilt: [(PortableMap, [String])] = [
    (
      ["root": "9"],
      ["portable/root: the recipe holds no node '9'", "portable/1: the node lies in no other and is not the root"]
    ),
    (["0": .map(["ingredient_uuid": "beef"])], ["portable/0/ingredient_uuid: the recipe holds no ingredient 'beef'"]),
    (
      ["1": SmallRecipe.node(holder, ["config_slots": .map(["one": ["0"], "many": ["2", "7"]])])],
      ["portable/1/config_slots/many/1: the recipe holds no node '7'"]
    ),
    (
      ["1": SmallRecipe.node(holder, ["config_slots": .map(["one": ["0"], "many": ["2", "0"]])])],
      ["portable/0: the node lies in 2 places"]
    ),
    (
      ["1": SmallRecipe.node(holder, ["config_slots": .map(["one": ["0", "2"]])])],
      ["portable/1/config_slots/one: the slot holds 2 ingredients; it has room for one"]
    ),
    (
      ["1": SmallRecipe.node(holder, ["config_slots": .map(["one": ["0"], "none": ["2"]])])],
      ["portable/1/config_slots/none: 'Some command.setup' has no slot 'none' for ingredients"]
    ),
    (
      ["2": SmallRecipe.node(holder, ["config_slots": .map(["many": ["2"]])])],
      ["portable/2: the node lies within itself"]
    ),
    (
      ["0": SmallRecipe.node(holder)],
      ["portable/1/config_slots/one/0: 'Some command.setup' is command.setup; the slot takes leaf"]
    ),
    (
      [
        "0": SmallRecipe.node(
          leaf, ["value_slots": .map(["width": .map(["actual": 0]), "depth": .map(["actual": 1])])])
      ],
      [
        "portable/0/value_slots/depth: 'Some leaf.small' has no slot 'depth'",
        "portable/0/value_slots/width/actual: 0 is less than 1, the least",
      ]
    ),
    (
      ["0": 5],
      [
        "portable/0: a node is expected here, not an int",
        "portable/0/ingredient_uuid: the recipe holds no ingredient ''",
      ]
    ),
    (["3": SmallRecipe.node(leaf)], ["portable/3: the node lies in no other and is not the root"]),
    (
      ["2": SmallRecipe.node(leaf, ["given_name": 7])],
      ["portable/2/given_name: text is expected here, not an int"]
    ),
  ]

  @Test(arguments: spoilt.indices)
  func saysWhatIsWrongWithNodes(index: Int) throws {
    let (changes, expected) = Self.spoilt[index]
    var portable = SmallRecipe.portable
    for entry in changes.entries { portable.set(entry.key, entry.value) }
    let recipe = try SmallRecipe.recipe(portable)
    #expect(Set(recipe.check().map(\.description)) == Set(expected))
    #expect(recipe.check().count == expected.count)
    _ = recipe.tree?.description
  }

  @Test func aCycleAmongManyNodesIsNamedOnceForEach() throws {
    var portable: PortableMap = ["root": "0"]
    for number in 0..<50 {
      let next = number == 49 ? 20 : number + 1
      portable["\(number)"] = SmallRecipe.node(SmallRecipe.holder, ["config_slots": .map(["many": [.text("\(next)")]])])
    }
    let recipe = try SmallRecipe.recipe(portable)
    #expect(recipe.check().filter { $0.kind == .cycle }.count == 30)
    #expect(recipe.placements.count == 50)
  }

  /// Each node holds the next one twice: 2⁴⁰ ways lead to the last.
  @Test func sharedNodesDoNotMultiply() throws {
    var portable: PortableMap = ["root": "0"]
    for number in 0..<40 {
      let next = PortableValue.text("\(number + 1)")
      portable["\(number)"] = SmallRecipe.node(SmallRecipe.holder, ["config_slots": .map(["many": [next, next]])])
    }
    portable["40"] = SmallRecipe.node(SmallRecipe.leaf)
    let recipe = try SmallRecipe.recipe(portable)
    #expect(recipe.check().count == 40)
    #expect(recipe.values.count == 2)
    let text = try #require(recipe.tree?.description)
    #expect(text.contains("[node 40 is not shown]"))
  }

  @Test func aTreeTooDeepIsCutAndNamed() throws {
    var portable: PortableMap = ["root": "0"]
    for number in 0..<300 {
      let next = PortableValue.text("\(number + 1)")
      portable.set(.text("\(number)"), SmallRecipe.node(SmallRecipe.holder, ["config_slots": .map(["many": [next]])]))
    }
    portable["300"] = SmallRecipe.node(SmallRecipe.leaf)
    let recipe = try SmallRecipe.recipe(portable)
    #expect(recipe.placements.count == 65)
    #expect(
      recipe.check().map(\.description) == [
        "portable/65: the node lies more than 64 levels deep and is left out of the tree"
      ])
  }
}

extension [PortableSetting.Origin] {
  /// Slots come by path: `gamma`, then `width`, of one node and then of the other.
  fileprivate var sortedBySlot: [PortableSetting.Origin] { [self[0], self[3], self[2], self[1]] }
}
