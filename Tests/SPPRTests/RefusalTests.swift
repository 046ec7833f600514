// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import SPPR
import Testing

@Suite struct RefusalTests {
  private func refusal(_ data: Data, _ limits: PortableLimits = .init()) throws -> String {
    let error = #expect(throws: GalleyError.self) {
      _ = try PortableRecipe(serialized: data, name: "some.sppr", limits: limits)
    }
    #expect(error?.exitCode == .badData)
    return error?.description ?? ""
  }

  @Test func whiteSpaceAroundDoesNoHarm() throws {
    let data = try Fixtures.data("detection-recipe.sppr")
    var spaced = Data("\n  ".utf8)
    for start in stride(from: 0, to: data.count, by: 76) {
      spaced += data[start..<min(start + 76, data.count)] + Data("\r\n".utf8)
    }
    #expect(try PortableRecipe(serialized: spaced).serialized() == data)
  }

  @Test(arguments: [
    ("", "it is empty"), (" \n", "it is empty"), ("eJ*x", "base64 offset 2: can't read the portable recipe: '*'"),
    ("eJwr", "zlib offset 3 of 3"), ("eJw=", "zlib offset 2 of 2"), ("AAAA", "unknown compression method"),
    ("A", "cut off"),
    ("AA=", "cut off"), ("AA==A", "more follows the closing '='"), ("A===", "a '=' too many"),
    ("AB==", "bits that no byte"),
    ("{\"a\": 1}", "'{' is no base64 digit"),
  ])
  func namesTheLayerAndThePlace(text: String, words: String) throws {
    let message = try refusal(Data(text.utf8))
    #expect(message.hasPrefix("some.sppr"))
    #expect(message.contains(words), "\(message)")
  }

  @Test func noticesAChangedByteInTheCompressedStream() throws {
    var data = try Fixtures.data("detection-recipe.sppr")
    data[data.count - 4] = UInt8(ascii: data[data.count - 4] == UInt8(ascii: "A") ? "B" : "A")
    let message = try refusal(data)
    #expect(message.contains("incorrect data check"), "\(message)")
  }

  @Test func noticesACutAndAnExtraByte() throws {
    let data = try Fixtures.data("detection-recipe.sppr")
    #expect(try refusal(data.prefix(8000)).contains("the stream ends too early"))
    #expect(try refusal(data + Data("AAAA".utf8)).contains("bytes follow the stream") == !data.hasSuffix("="))
  }

  @Test func refusesAZipBombBeforeItInflates() throws {
    let bomb = try PortableDocument(.text(String(repeating: "0", count: 400_000))).serialized()
    #expect(bomb.count < 1000)
    var limits = PortableLimits()
    limits.inflatedBytes = 100_000
    let message = try refusal(bomb, limits)
    #expect(message.contains("it inflates to more than 100000 bytes"), "\(message)")
  }

  @Test func refusesTextBeyondTheLimit() throws {
    var limits = PortableLimits()
    limits.encodedBytes = 1000
    let message = try refusal(try Fixtures.data("detection-recipe.sppr"), limits)
    #expect(message.contains("it has 17396 bytes; at most 1000 are read"))
  }

  @Test(arguments: [
    ("", "pantry: can't read the portable recipe: a map is expected here; it is missing"),
    ("pantry: [1]\nportable: {}", "pantry: can't read the portable recipe: a map is expected here; it is a list"),
    ("pantry: {configs: {}, ingredients: {}}", "portable: can't read"),
    ("pantry: {configs: {}, ingredients: {}}\nportable: {}", "portable/root: can't read the portable recipe: the root"),
    ("pantry: {configs: {}}\nportable: {root: '0'}", "pantry/ingredients: can't read"),
  ])
  func refusesWhatIsNoRecipe(yaml: String, words: String) throws {
    let document = try PortableDocument(yaml: yaml)
    let error = #expect(throws: GalleyError.self) { try PortableRecipe(document, name: "x") }
    #expect(error?.exitCode == .badData)
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: [
    ("a:\n  b: [1,\n    2", "YAML 3:6 (a/b/1): can't read the portable recipe: the document ends before its brackets"),
    ("a:\n  b: 1\n  b: 2", "YAML 3:3 (a): can't read the portable recipe: the key 'b' occurs twice"),
    ("a: 1\n1: 2\ntrue: 3", "the key 'True' occurs twice"),
    ("a: 'x", "1:6 (a): can't read the portable recipe: the text ends"),
    ("a:\n\t- b", "2:1 (a): can't read the portable recipe: a tab stands"),
    ("a: b: c", "a map can't begin on this line"),
    ("a: \u{1}", "1:4: can't read the portable recipe: YAML allows no character U+1"),
    ("a: *x", "the alias '*x' names no anchor"),
    ("a: &x [*x]", "lies inside the value that it names"), ("? [a]\n: b", "a list or a map can't be a key"),
    ("a: !!python/object:os.system ls", "no value is known for the tag '!!python/object:os.system'"),
    ("a: !!binary aGk=", "no value is known"), ("a: '\\ud83d'\nb: \"\\ud83d\"", "U+D83D is no character"),
    ("<<: 3", "'<<' merges maps, not an int"), ("- a\nb", "the document should end here"),
    ("a: 1\n b: 2", "a value that can't be a key"), ("a\n...\nb", "more follows"),
    ("--- a\n--- b", "a second document"),
    ("a: &x\n  [*x]", "lies inside the value that it names"), ("a: &x 1\nb: &y\n  *x", "an alias has an anchor"),
  ])
  func saysWhereYAMLIsWrong(yaml: String, words: String) throws {
    let error = #expect(throws: GalleyError.self) { try PortableDocument(yaml: yaml, name: "x") }
    #expect(error?.exitCode == .badData)
    #expect(error?.description.contains(words) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: ["[", "{a: ", "- ", "? ", "[[a: ", "&a [", "!!seq ["])
  func refusesDeepNesting(unit: String) throws {
    let error = #expect(throws: GalleyError.self) {
      try PortableDocument(yaml: String(repeating: unit, count: 5000) + "x")
    }
    #expect(error?.why.contains("nest more than 100 levels deep") == true, "\(error?.why ?? "")")
  }

  @Test func refusesAliasesThatMultiply() throws {
    var yaml = "a0: &a0 [x, x]\n"
    for level in 1...60 { yaml += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    let error = #expect(throws: GalleyError.self) { try PortableDocument(yaml: yaml) }
    #expect(error?.why.contains("more than 500000 values") == true)
  }

  @Test func refusesAliasesThatMultiplyText() throws {
    var limits = PortableLimits()
    limits.inflatedBytes = 100_000
    let yaml = "a: &a \(String(repeating: "x", count: 10_000))\nb: [" + String(repeating: "*a, ", count: 20) + "]"
    let error = #expect(throws: GalleyError.self) { try PortableDocument(yaml: yaml, limits: limits) }
    #expect(error?.why.contains("characters once aliases are followed") == true)
  }

  @Test func refusesAliasesThatDeepen() throws {
    var yaml = "a0: &a0 [x]\n"
    for level in 1...200 { yaml += "a\(level): &a\(level) [*a\(level - 1)]\n" }
    let error = #expect(throws: GalleyError.self) { try PortableDocument(yaml: yaml) }
    #expect(error?.why.contains("levels deep once aliases are followed") == true)
  }

  @Test func refusesTooManyAnchorsAndTooLongNumbers() throws {
    let anchors = (0...2000).map { "- &a\($0) x\n" }.joined()
    #expect(throws: GalleyError.self) { try PortableDocument(yaml: anchors) }
    for digits in [String(repeating: "9", count: 4301), "0x" + String(repeating: "f", count: 50_000)] {
      let error = #expect(throws: GalleyError.self) { try PortableDocument(yaml: digits) }
      #expect(error?.why.contains("more than 4300") == true)
    }
    let longest = String(repeating: "9", count: 4300)
    #expect(try PortableDocument(yaml: longest).yaml == longest + "\n...\n")
  }

  @Test func refusesARecipeWhoseNodesMultiplySlots() throws {
    var limits = PortableLimits()
    limits.values = 3
    #expect(throws: GalleyError.self) { try PortableRecipe(SmallRecipe.document(), limits: limits) }
  }

  @Test func keepsOneObjectInTwoPlacesUntilOneChanges() throws {
    let yaml = "a: &id001\n- 1\nb:\n  c: *id001\n  d: &id002 {}\ne: *id002\n"
    let document = try PortableDocument(yaml: yaml)
    #expect(document.yaml == yaml)
    #expect(PortableDocument(document.root).yaml == "a:\n- 1\nb:\n  c:\n  - 1\n  d: {}\ne: {}\n")
  }
}

extension Data {
  fileprivate func hasSuffix(_ text: String) -> Bool { suffix(text.utf8.count) == Data(text.utf8) }
}
