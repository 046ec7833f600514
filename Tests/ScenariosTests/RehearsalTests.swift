// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Architectures
import Files
import Foundation
import Galley
import Golden
import Images
import Pantry
import Recipes
import Scenarios
import Synchronization
import Tensors
import Testing

@Suite(.enabled(if: Kitchen.isUsable, "libraries or the galley program are missing: run make setup"))
struct RehearsalTests {
  private static let bothPrecisions = """
    variants:
      - {name: float32}
      - {name: int8, set: {optimizer: int8}}
    """

  private func rehearse(
    _ kitchen: Kitchen, _ file: RecipeFile, until goal: StageGoal = .report, cards: [Card] = [],
    fetch: ScenarioRunner.Fetch? = nil
  ) async throws -> RunProducts {
    let rehearsal = Rehearsal(of: file, catalogue: try CardCatalogue(Kitchen.catalogue(cards).cards + Card.tasks))
    return try await kitchen.runner(cards: cards, fetch: fetch).rehearse(
      rehearsal, until: goal, output: "\(kitchen.path)/rehearsal")
  }

  @Test func everyVariantIsRehearsedAndNothingOfItIsTakenForAResult() async throws {
    let kitchen = try Kitchen()
    let file = try kitchen.recipe(epochs: 3, variants: Self.bothPrecisions)
    let products = try await rehearse(kitchen, file)
    #expect(products.variants.map(\.name) == ["float32", "int8"])
    for variant in products.variants {
      #expect(variant.steps.first == "trained with batches of 1 item")
      #expect(FileManager.default.fileExists(atPath: try #require(variant.model)))
      #expect(FileManager.default.fileExists(atPath: try #require(variant.checkpoint)))
      #expect(variant.measurement == nil)
    }
    #expect(products.variants[1].steps.contains("optimized to int8"))
    let volume = VolumeChoice.path(inPantryAt: kitchen.pantry.root)
    #expect(!FileManager.default.fileExists(atPath: volume))
    #expect(kitchen.pantry.runs().isEmpty)
    let record = try RunHistory(kitchen.pantry).show("latest")
    #expect(record.plan.rehearsal != nil && record.status == .finished)
    #expect(record.variants.allSatisfy { $0.figures == nil })
    // Nothing is reused by the real run, and no time of the rehearsal is taken for one of a real stage.
    let plan = try kitchen.runner().plan(file)
    #expect(plan.cached.isEmpty)
    #expect(plan.stages.allSatisfy { $0.time == nil && $0.state.reasons.contains(.neverRan) })
    let rehearsed = try kitchen.runner().plan(
      Rehearsal(of: file, catalogue: CardCatalogue(Kitchen.catalogue().cards + Card.tasks)))
    #expect(rehearsed.cached.count == rehearsed.stages.count)
    #expect(Set(plan.stages.compactMap(\.key)).isDisjoint(with: rehearsed.stages.compactMap(\.key)))
  }

  @Test func theReportSaysOnTopThatItIsARehearsalAndHasNoFigures() async throws {
    let kitchen = try Kitchen()
    let products = try await rehearse(kitchen, try kitchen.recipe())
    let page = try #require(products.report)
    #expect(page == "\(kitchen.path)/rehearsal/report.html")
    let text = try kitchen.report("rehearsal")
    #expect(text.hasPrefix("# Rehearsal of quick\n\n**This is a rehearsal, not a result"))
    for word in ["accuracy", "latency", "p99", "Pareto"] { #expect(!text.contains(word), "\(word)") }
    let json = try JSONSerialization.jsonObject(with: Data(kitchen.report("rehearsal", "report.json").utf8))
    let report = try #require((json as? [String: Any])?["report"] as? [String: Any])
    #expect((report["variants"] as? [Any])?.isEmpty == true && report["rehearsal"] != nil)
  }

  @Test func aRealRunAfterARehearsalGivesWhatItGivesWithoutOne() async throws {
    let (with, without) = (try Kitchen(), try Kitchen())
    _ = try await rehearse(with, try with.recipe())
    _ = with.events()
    let after = try await with.run(try with.recipe())
    let alone = try await without.run(try without.recipe())
    #expect(after.outcome.variants.map(\.recipeDigest) == alone.outcome.variants.map(\.recipeDigest))
    let checkpoints = [with, without].map { $0.pantry.records(ofStage: "train").map { $0.outputs["checkpoint"] } }
    #expect(checkpoints.first == checkpoints.last)
    #expect(with.pantry.records(ofStage: "rehearsed train").count == 1)
    #expect(after.outcome.stages.reused == 0)
  }

  @Test func aNetworkThatNormalisesOneValueIsTrainedWithTwoItems() async throws {
    let kitchen = try Kitchen()
    let products = try await rehearse(
      kitchen, try kitchen.recipe(architecture: "resnet-18", cards: [ResNet18.card]), until: .train,
      cards: [ResNet18.card])
    let step = try #require(products.variants.first?.steps.first)
    #expect(step.hasPrefix("trained with batches of 2 items (not with 1: "), "\(step)")
    let summary = try #require(kitchen.pantry.records(ofStage: "rehearsed train").first?.outputs["summary"])
    #expect(String(decoding: try kitchen.pantry.data(of: summary), as: UTF8.self).contains("\"size\" : 2"))
  }

  @Test func imagesInFoldersAreRehearsed() async throws {
    let kitchen = try Kitchen()
    for (label, name) in ["dark", "light"].enumerated() {
      for number in 0..<8 {
        let bytes = (0..<24 * 20 * 3).map { UInt8(label * 150 + ($0 * 7 + number * 13) % 90) }
        let image = try Image(width: 24, height: 20, format: .rgb, bytes: bytes)
        try AtomicFile.write(
          Data(image.encoded(as: .jpeg(quality: 90))), to: "\(kitchen.path)/photos/\(name)/\(number).jpg")
      }
    }
    let file = try RecipeFile.read(
      text: """
        recipe: photos
        task: classification
        data: {use: images, path: photos, height: 16, width: 16}
        model: {architecture: {use: small-convnet, width: 4, depth: 2}}
        """, path: "photos.yaml", folder: kitchen.path, catalogue: CardCatalogue(Kitchen.catalogue().cards + Card.tasks)
    )
    let products = try await rehearse(kitchen, file)
    #expect(FileManager.default.fileExists(atPath: try #require(products.variants.first?.model)))
  }

  @Test func aModelFileIsRehearsedWithoutTraining() async throws {
    let kitchen = try Kitchen()
    let trained = try await kitchen.runner().run(
      try kitchen.recipe(), until: .export, output: "\(kitchen.path)/trained")
    try FileManager.default.copyItem(
      atPath: try #require(trained.variants.first?.model), toPath: "\(kitchen.path)/m.onnx")
    let file = try RecipeFile.read(
      text: """
        recipe: taken
        task: classification
        data: {use: image-table, path: digits.csv, height: 8, width: 8, maximum: 16}
        model: {architecture: {use: model.file.onnx, path: m.onnx}}
        optimizer: int8
        """, path: "taken.yaml", folder: kitchen.path, catalogue: CardCatalogue(Kitchen.catalogue().cards + Card.tasks))
    let products = try await rehearse(kitchen, file)
    #expect(products.variants.first?.checkpoint == nil)
    #expect(
      products.variants.first?.steps == [
        "taken over from its file", "optimized to int8", "measured with onnxruntime",
      ])
    #expect(products.rehearsal?.contains { $0.hasPrefix("Training") } == false)
  }

  @Test func weightsOfTheCatalogueAreForcedInTheRehearsalOnly() async throws {
    let kitchen = try Kitchen()
    let base = try await kitchen.runner().run(try kitchen.recipe(), until: .train, output: "\(kitchen.path)/base")
    let bytes = try Data(contentsOf: URL(filePath: try #require(base.variants.first?.checkpoint)))
    let requirement = ArtifactRequirement(
      name: "digits.safetensors", role: .weights, digest: Digest(of: bytes), byteCount: bytes.count,
      origins: ["https://example.invalid/digits.safetensors"], licence: "CC0-1.0")
    func card(_ name: String, _ constraints: [Constraint] = []) -> Card {
      Card(
        taxonomy: "weights.\(name)", version: SemanticVersion(1, 0, 0), summary: "Weights of a test.", priority: 5,
        constraints: constraints, artifacts: [requirement])
    }
    let wrong = Constraint("model.architecture fits 'model.classification.mlp'", reason: "They are those of another.")
    let cards = [card("digits"), card("another", [wrong])]
    let file = try kitchen.recipe(cards: cards)
    let fetched = Mutex(0)
    let products = try await rehearse(kitchen, file, until: .train, cards: cards) { _ in
      fetched.withLock { $0 += 1 }
      return try kitchen.pantry.store(bytes)
    }
    #expect(
      products.rehearsal?.first == "Training begins with the weights 'digits' at model.architecture.pretrained.")
    #expect(products.variants.first?.steps.contains("began with the weights of digits.safetensors") == true)
    #expect(try kitchen.runner(cards: cards).plan(file).stage("train").state.isCached)
    #expect(file.variants.first?.recipe.artifacts.isEmpty == true)
  }

  @Test func anIncompleteRecipeIsRefusedWithItsEmptySlots() throws {
    let error = #expect(throws: RecipeError.self) {
      _ = try RecipeFile.read(
        text: "recipe: empty\ntask: classification\n", path: "empty.yaml", folder: ".",
        catalogue: CardCatalogue(Kitchen.catalogue().cards + Card.tasks))
    }
    let empty = error?.problems.filter { $0.why == "the slot is empty" }.map(\.what)
    #expect(empty == ["data", "split", "model.architecture"] || empty == ["data", "model.architecture"])
  }

  @Test(arguments: StageGoal.allCases)
  func aRunEndsWhenItsGoalIsReached(goal: StageGoal) async throws {
    let kitchen = try Kitchen()
    let file = try kitchen.recipe()
    let stages = ["prepare", "train", "export", "optimize", "measure"]
    let expected = Array(stages.prefix((StageGoal.allCases.firstIndex(of: goal) ?? 0) + 1))
    let plan = try kitchen.runner().plan(file, until: goal)
    #expect(plan.stages.map(\.stage) == expected && plan.goal == goal)
    let products = try await kitchen.runner().run(file, until: goal, output: "\(kitchen.path)/until")
    #expect(kitchen.events().stages.ran == plan.stages.map(\.label))
    let variant = try #require(products.variants.first)
    #expect((variant.checkpoint != nil) == (goal >= .train))
    #expect((variant.model != nil) == (goal >= .export))
    #expect((variant.measurement != nil) == (goal >= .measure))
    #expect((products.report != nil) == (goal == .report))
    for path in [variant.checkpoint, variant.model, variant.measurement, products.report].compactMap(\.self) {
      #expect(path.hasPrefix("\(kitchen.path)/until/") && FileManager.default.fileExists(atPath: path))
      #expect(products.text.contains(path))
    }
    // A whole run goes on from there.
    let whole = try await kitchen.run(file)
    #expect(whole.outcome.stages.reused == expected.count)
  }
}
