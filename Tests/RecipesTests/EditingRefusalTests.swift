// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Recipes
import Testing

@Suite struct EditingRefusalTests {
  @Test(arguments: [
    ("a: &x {b: 1}\nc: *x\n", "c/b", "is an alias"),
    ("a: &x {b: 1}\nc: *x\n", "a/b", "'&x' and is used elsewhere"),
    ("a: &x 1\nc: *x\n", "a", "'&x' and is used elsewhere"),
    ("a: {k: &x 1}\nc: *x\n", "a", "holds the anchor '&x'"),
    ("a: 1\n", "a/b", "a whole number, so it can't hold 'b'"),
    ("a: [1]\n", "a/x", "no position in a list of 1"),
    ("a: [1]\n", "a/2", "no position in a list of 1"),
    ("a: [1]\n", "a/-1", "no position"),
    ("a: [1]\n", "a/00", "no position"),
    ("a: [b: 1]\n", "a/0/b", "a pair inside a list"),
    ("a: 1\n", "", "the path is empty"),
  ])
  func aPlaceThatCannotBeChangedIsExplained(before: String, path: String, reason: String) throws {
    var text = try RecipeText(before)
    let error = #expect(throws: GalleyError.self) {
      try text.set(path.split(separator: "/").map(String.init), to: .int(7))
    }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    #expect(text.text == before)
  }

  @Test(arguments: [
    ("a: 1\n", "b"), ("a: 1\n", "a/b"), ("a: [1]\n", "a/1"), ("a: &x {b: 1}\nc: *x\n", "c/b"),
    ("a: &x 1\nb: *x\n", "a"), ("a: 1\n", ""),
  ])
  func whatCannotBeRemovedIsExplained(before: String, path: String) throws {
    var text = try RecipeText(before)
    #expect(throws: GalleyError.self) { try text.remove(path.split(separator: "/").map(String.init)) }
    #expect(text.text == before)
  }

  @Test(arguments: [
    ("a: [1\n", "malformed"), ("- 1\n", "a list"), ("hello\n", "text"), ("a: 1\n---\nb: 2\n", "malformed"),
    ("? a\n: 1\n", "'? '"), ("&x a: 1\n*x : 2\n", "a key is an alias"),
    ("&x a: 1\nb:\n  *x : 2\n", "a key is an alias"),
    ("a: 1\rb: 2\r", "LF or CR LF"), ("a: 1\u{2028}\n", "LF or CR LF"), ("a: 1\u{85}b: 2\n", "LF or CR LF"),
  ])
  func aTextThatCannotBeChangedIsRefused(text: String, reason: String) {
    let error = #expect(throws: GalleyError.self) { try RecipeText(text) }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }

  @Test func valuesThatNoRecipeCanSayAreRefused() throws {
    var text = try RecipeText("a: 1\n")
    for value in [ConfigurationValue.float(.nan), .list([.float(.infinity)]), .map(["b": .float(-.infinity)])] {
      #expect(throws: GalleyError.self) { try text.set(["a"], to: value) }
    }
    #expect(throws: GalleyError.self) { try text.set(["a"], to: .int(2), comment: "two\nlines") }
    #expect(text.text == "a: 1\n")
    var json = try RecipeText("{\"a\": 1}")
    #expect(throws: GalleyError.self) { try json.set(["a"], to: .int(2), comment: "why") }
    #expect(json.text == "{\"a\": 1}")
  }

  @Test func theDeepestNestingIsRefusedAndNotFollowed() {
    for open in ["[", "{a: ", "- ", "a:\n "] {
      #expect(throws: GalleyError.self) { try RecipeText("a: " + String(repeating: open, count: 50_000)) }
    }
  }

  /// Damaged texts are changed rightly or refused; what is kept always reads back.
  @Test(arguments: 0..<6)
  func damagedTextsAreNeverDamagedFurther(seed: Int) {
    var dice = EditingDice(seed + 31)
    let pieces = [
      "*x", "&x ", ":", "{", "}", "[", "]", "\n", " ", "- ", "!!str ", "\t", "\u{0}", "é", "\"", "'", "| ", ">+\n", "%",
      "? ", "---\n", "...\n", ",", "#", " #", "\r\n",
    ]
    for round in 0..<150 {
      let document = EditingRandomDocument(seed: seed * 1000 + round)
      var bytes = Array(document.text(newline: "\n", ends: true).utf8)
      for _ in 0...dice.roll(3) {
        let place = dice.roll(bytes.count)
        if dice.chance(70) {
          bytes.insert(contentsOf: dice.pick(pieces).utf8, at: place)
        } else {
          bytes.removeSubrange(place..<min(bytes.count, place + 1 + dice.roll(5)))
        }
      }
      guard var text = try? RecipeText(String(decoding: bytes, as: UTF8.self)) else { continue }
      for key in document.tree.keys.sorted().prefix(3) {
        try? text.set([key, "new"], to: .string("a: b"))
        try? text.set([key], to: .list([.int(1), .map(["k": .null])]), comment: "why")
        try? text.remove([key])
      }
      #expect((try? RecipeText(text.text)) == text)
    }
  }
}
