// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import Recipes
import Testing

private let cards = [
  Card(
    taxonomy: "data.classification.table", version: SemanticVersion(1, 0, 0), summary: "A table.",
    options: [
      OptionDeclaration("path", .path, default: nil, help: "The file."),
      OptionDeclaration("maximum", .int(minimum: 1, maximum: 255), default: .int(255), help: "Full intensity."),
    ]),
  Card(taxonomy: "split.stratified", version: SemanticVersion(1, 0, 0), summary: "A split."),
  Card(
    taxonomy: "model.classification.convnet", version: SemanticVersion(1, 0, 0), summary: "A network.",
    options: [OptionDeclaration("width", .int(minimum: 1, maximum: 64), default: .int(8), help: "Channels.")]),
  Card(
    taxonomy: "trainer.supervised", version: SemanticVersion(1, 0, 0), summary: "A trainer.",
    options: [
      OptionDeclaration("epochs", .int(minimum: 1, maximum: 100), default: .int(10), help: "Epochs."),
      OptionDeclaration("learningRate", .float(minimum: 0, maximum: 1), default: .float(0.1), help: "Step size."),
      OptionDeclaration("schedule", .choice(["constant", "cosine"]), default: .string("cosine"), help: "Schedule."),
    ]),
  Card(taxonomy: "export.onnx", version: SemanticVersion(1, 0, 0), summary: "ONNX."),
  Card(taxonomy: "optimizer.none", version: SemanticVersion(1, 0, 0), summary: "Nothing."),
  Card(
    taxonomy: "optimizer.int8", version: SemanticVersion(1, 0, 0), summary: "Int8.",
    options: [OptionDeclaration("samples", .int(minimum: 1, maximum: 100), default: .int(32), help: "Samples.")]),
  Card(taxonomy: "runtime.onnxruntime", version: SemanticVersion(1, 0, 0), summary: "ORT."),
  Card(taxonomy: "measurement.interleaved", version: SemanticVersion(1, 0, 0), summary: "Turns."),
]

private let complete = """
  recipe: digits
  task: classification
  seed: 7
  data:
    use: table
    path: digits.csv
  model:
    architecture: {use: convnet, width: 16}

  """

private func read(_ text: String, folder: String = "/nowhere") throws -> RecipeFile {
  try RecipeFile.read(text: text, path: "r.yaml", folder: folder, catalogue: CardCatalogue(cards + Card.tasks))
}

/// The messages of all problems of a recipe that must be refused.
private func problems(_ text: String) -> [String] {
  do {
    _ = try read(text)
    return []
  } catch let error as RecipeError {
    return error.problems.map(\.description)
  } catch {
    return ["\(error)"]
  }
}

@Suite struct RecipeFileTests {
  @Test func completesWithDefaults() throws {
    let file = try read(complete)
    let recipe = try #require(file.variants.first).recipe
    #expect(file.variants.count == 1)
    #expect(recipe.slots.count == 8)
    #expect(recipe.slots["model.architecture"]?.options["width"] == .int(16))
    #expect(recipe.slots["trainer"]?.options["epochs"] == .int(10))
    #expect(recipe.slots["trainer"]?.chosen == [])
    #expect(recipe.slots["data"]?.chosen == ["path"])
    #expect(recipe.seed == 7)
  }

  @Test func variantsReplaceValuesByPath() throws {
    let file = try read(
      complete + """
        variants:
          - name: plain
          - name: small int8
            set: {model.architecture.width: 4, optimizer: int8, trainer.epochs: 3}
          - name: int8 with samples
            set: {optimizer: {use: int8, samples: 9}}
          - name: by key
            set: {optimizer.use: int8, optimizer.samples: 5}
        """)
    #expect(file.variants.map(\.name) == ["plain", "small int8", "int8 with samples", "by key"])
    #expect(file.variants[1].recipe.slots["model.architecture"]?.options["width"] == .int(4))
    #expect(file.variants[1].recipe.slots["optimizer"]?.card.name == "int8")
    #expect(file.variants[1].recipe.slots["trainer"]?.options["epochs"] == .int(3))
    #expect(file.variants[2].recipe.slots["optimizer"]?.options["samples"] == .int(9))
    #expect(file.variants[3].recipe.slots["optimizer"]?.options["samples"] == .int(5))
    #expect(file.variants[0].recipe.slots["optimizer"]?.card.name == "none")
  }

  @Test func anOptionAfterANameKeepsTheName() throws {
    let file = try read(complete + "optimizer: int8\nvariants: [{name: a, set: {optimizer.samples: 3}}]")
    #expect(file.variants[0].recipe.slots["optimizer"]?.card.name == "int8")
    #expect(file.variants[0].recipe.slots["optimizer"]?.options["samples"] == .int(3))
  }

  @Test(arguments: [
    ("trianer: {use: supervised}", "r.yaml:9:1", "did you mean 'trainer'?"),
    ("trainer: {use: supervised, epoch: 3}", "r.yaml:9:28", "did you mean 'epochs'?"),
    ("trainer: {epochs: 0}", "r.yaml:9:19", "a whole number from 1 to 100"),
    ("trainer: {epochs: many}", "r.yaml:9:19", "'many' is text"),
    ("trainer: {learningRate: .nan}", "r.yaml:9:25", "a number from 0.0 to 1.0"),
    ("trainer: {schedule: cosin}", "r.yaml:9:21", "did you mean cosine?"),
    ("optimizer: int9", "r.yaml:9:12", "did you mean 'int8'?"),
    ("optimizer: onnxruntime", "r.yaml:9:12", "does not fit a slot for optimizer"),
    ("optimizer: [int8]", "r.yaml:9:12", "an ingredient is needed"),
    ("variants: []", "r.yaml:9:11", "a list of variants is needed"),
    ("variants: [{nam: x}]", "r.yaml:9:13", "did you mean 'name'?"),
    ("variants: [{name: x, set: {optimiser: int8}}]", "r.yaml:9:28", "did you mean 'optimizer'?"),
    ("variants: [{name: x, set: {trainer.epochs: 1000}}]", "r.yaml:9:44", "from 1 to 100"),
    ("variants: [{name: x}, {name: x}]", "r.yaml:9:23", "occurs twice"),
    ("model.architecture: convnet", "r.yaml:9:1", "unknown key"),
    ("trainer: {epochs: 3", "r.yaml:", "malformed"),
    ("seed: 3", "r.yaml:", "twice"),
  ])
  func refusesAMistakeAtItsPlace(line: String, place: String, reason: String) {
    let found = problems(complete + line)
    #expect(found.count >= 1)
    #expect(found.contains { $0.hasPrefix(place) && $0.contains(reason) }, "\(found)")
  }

  @Test(arguments: [
    ("recipe: x\ntask: classification", ["data: the slot is empty", "model.architecture: the slot is empty"]),
    ("task: segmentatio\nseed: -1", ["recipe: the key is missing", "there is no task", "'-1' is not a whole number"]),
    ("", ["the file is empty"]),
    ("- 1", ["a list, not keys"]),
    ("hello", ["text, not keys"]),
  ])
  func collectsAllMistakes(text: String, expected: [String]) {
    let found = problems(text).joined(separator: "\n")
    for sentence in expected { #expect(found.contains(sentence), "\(found)") }
  }

  @Test func refusesAnchorsThatExplode() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for level in 1...8 {
      let references = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(references)]\n"
    }
    #expect(problems(text).joined().contains("anchors"))
  }

  /// Yams would compare such keys for ever.
  @Test(arguments: ["? *a40\n: 1", "*a40 : 1", "[*a40]: 1", "{x: *a40} : 1", "x: {? *a40 : 1}"])
  func refusesKeysThatExplode(key: String) {
    var text = "a0: &a0 [x, x]\n"
    for level in 1...40 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    #expect(problems(text + key).joined().contains("a key is an alias, a list or a group"))
  }

  @Test func aMissingFileIsNamed() {
    #expect(throws: GalleyError.self) {
      try RecipeFile.read("/nowhere/recipe.yaml", catalogue: CardCatalogue(cards))
    }
  }
}

@Suite struct RecipeDigestTests {
  private func recipe(_ text: String, pixels: String = "1,2") throws -> (Recipe, String) {
    let folder = FileManager.default.temporaryDirectory.path() + "/galley-\(UUID().uuidString)"
    try AtomicFile.write(Data(pixels.utf8), to: "\(folder)/digits.csv")
    return (try #require(try read(text, folder: folder).variants.first).recipe, folder)
  }

  @Test func ignoresOrderNamesAndPlaces() throws {
    let (first, firstFolder) = try recipe(complete)
    let reordered = """
      seed: 7
      model: {architecture: {width: 16, use: model.classification.convnet}}
      data: {path: digits.csv, use: table, maximum: 255}
      task: classification
      recipe: another name
      """
    let (second, secondFolder) = try recipe(reordered)
    defer { for folder in [firstFolder, secondFolder] { try? FileManager.default.removeItem(atPath: folder) } }
    #expect(try first.digest() == second.digest())
  }

  @Test(arguments: [
    ("seed: 7", "seed: 8"), ("width: 16", "width: 17"), ("use: table", "use: table\n  maximum: 16"),
  ])
  func changesWithEveryChoice(old: String, new: String) throws {
    let (first, firstFolder) = try recipe(complete)
    let (second, secondFolder) = try recipe(complete.replacing(old, with: new))
    defer { for folder in [firstFolder, secondFolder] { try? FileManager.default.removeItem(atPath: folder) } }
    #expect(try first.digest() != second.digest())
  }

  @Test func changesWithTheDataAndNamesAMissingFile() throws {
    let (first, firstFolder) = try recipe(complete)
    let (second, secondFolder) = try recipe(complete, pixels: "1,3")
    defer { for folder in [firstFolder, secondFolder] { try? FileManager.default.removeItem(atPath: folder) } }
    #expect(try first.digest() != second.digest())
    try FileManager.default.removeItem(atPath: "\(firstFolder)/digits.csv")
    let error = #expect(throws: GalleyError.self) { try first.digest() }
    #expect(error?.exitCode == .missingInput)
    #expect(error?.place == "table.path")
  }
}

@Suite struct RecipeFuzzTests {
  /// Damaged recipes give a recipe or a message, never a crash.
  @Test(arguments: 0..<8)
  func damagedTextIsReadOrRefused(seed: Int) {
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    func next(_ bound: Int) -> Int {
      // xorshift64 (Marsaglia 2003): a fixed sequence for each seed.
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(bound))
    }
    let original = Array((complete + "variants: [{name: a, set: {optimizer: {use: int8, samples: 3}}}]\n").utf8)
    let pieces = [
      "*", "&", ":", "{", "}", "[", "]", "\n", " ", "- ", "!!", "\t", "\u{0}", "é", "\"", "'", "|", "%", "~",
    ]
    for _ in 0..<300 {
      var bytes = original
      for _ in 0...next(4) {
        let place = next(bytes.count)
        switch next(3) {
        case 0: bytes[place] = UInt8(next(256))
        case 1: bytes.insert(contentsOf: pieces[next(pieces.count)].utf8, at: place)
        default: bytes.removeSubrange(place..<min(bytes.count, place + 1 + next(20)))
        }
        if bytes.isEmpty { bytes = original }
      }
      for problem in problems(String(decoding: bytes, as: UTF8.self)) { #expect(!problem.isEmpty) }
    }
  }
}
