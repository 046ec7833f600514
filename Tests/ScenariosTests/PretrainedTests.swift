// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Pantry
import Recipes
import Scenarios
import Synchronization
import Tensors
import Testing

@Suite(.enabled(if: Kitchen.isUsable, "libraries or the galley program are missing: run make setup"))
struct PretrainedTests {
  private static let tuned = "{use: small-convnet, width: 4, depth: 2, pretrained: {use: file, path: base.safetensors}}"

  /// Trains a network and lays its checkpoint beside the recipes.
  private func base(_ kitchen: Kitchen) async throws -> Digest {
    try await kitchen.run(try kitchen.recipe(epochs: 4))
    let record = try #require(kitchen.pantry.records(ofStage: "train").first)
    let digest = try #require(record.outputs["checkpoint"])
    try FileManager.default.copyItem(
      atPath: kitchen.pantry.path(of: digest), toPath: "\(kitchen.path)/base.safetensors")
    return digest
  }

  private func firstAccuracy(_ kitchen: Kitchen) throws -> (accuracy: Double, weights: [String: Any]?) {
    let json = try JSONSerialization.jsonObject(with: Data(kitchen.report("output", "report.json").utf8))
    let report = try #require((json as? [String: Any])?["report"] as? [String: Any] ?? json as? [String: Any])
    let variants = try #require(report["variants"] as? [[String: Any]])
    let training = try #require(variants.first?["training"] as? [String: Any])
    let history = try #require(training["history"] as? [[String: Any]])
    return (try #require(history.first?["validationAccuracy"] as? Double), training["weights"] as? [String: Any])
  }

  @Test func fineTuningBeginsBetterThanTrainingAfresh() async throws {
    let kitchen = try Kitchen()
    let digest = try await base(kitchen)
    let afresh = try firstAccuracy(kitchen)
    #expect(afresh.weights == nil)
    let tuned = try await kitchen.run(try kitchen.recipe(architecture: Self.tuned))
    #expect(try tuned.plan.stage("train").state.reasons.description.contains("weights"))
    let (accuracy, weights) = try firstAccuracy(kitchen)
    #expect(accuracy > afresh.accuracy + 0.1)
    #expect(weights?["digest"] as? String == digest.hex)
    #expect(try kitchen.report().contains("training began with the weights of base.safetensors, SHA-256 \(digest.hex)"))
    #expect(try await kitchen.run(try kitchen.recipe(architecture: Self.tuned)).ran.isEmpty)
    // Other bytes are other weights, whatever the file is called.
    let file = "\(kitchen.path)/base.safetensors"
    var saved = try Safetensors(Data(contentsOf: URL(filePath: file)))
    saved.metadata = [:]
    try saved.serialized().write(to: URL(filePath: file))
    #expect(
      try kitchen.runner().plan(try kitchen.recipe(architecture: Self.tuned)).stage("train").state.isCached == false)
    _ = kitchen.events()
    try await kitchen.run(try kitchen.recipe(architecture: Self.tuned))
  }

  @Test func aLastLayerForOtherClassesTakesTheRowsOfThoseItKnowsAndThatIsSaid() async throws {
    let kitchen = try Kitchen()
    _ = try await base(kitchen)
    try Kitchen.digits(below: 5).write(toFile: "\(kitchen.path)/five.csv", atomically: true, encoding: .utf8)
    let runner = kitchen.runner()
    let file = try kitchen.recipe(architecture: Self.tuned, data: "five.csv")
    _ = try await runner.run(file, output: "\(kitchen.path)/output")
    let warning = try #require(kitchen.events().warnings.first { $0.contains("by class name") })
    #expect(
      warning.contains("The last layer's rows are taken from base.safetensors by class name: 5 classes are known."))
    #expect(try !kitchen.report().contains("The last layer began afresh"))
  }

  @Test(arguments: [
    (
      "{use: small-convnet, width: 6, depth: 2, pretrained: {use: file, path: base.safetensors}}",
      "features.0.conv.weight"
    ),
    ("{use: small-convnet, width: 4, depth: 1, pretrained: {use: file, path: base.safetensors}}", "unexpected"),
    ("{use: small-convnet, width: 4, depth: 2, pretrained: {use: file, path: digits.csv}}", "safetensors"),
  ])
  func weightsOfAnotherNetworkAreRefusedWithTheirNames(architecture: String, text: String) async throws {
    let kitchen = try Kitchen()
    _ = try await base(kitchen)
    let error = await #expect(throws: GalleyError.self) {
      _ = try await kitchen.runner().run(
        try kitchen.recipe(architecture: architecture), output: "\(kitchen.path)/output")
    }
    #expect(error?.exitCode == .badData)
    #expect(error?.place?.hasPrefix("\(kitchen.path)/") == true && error?.place?.contains("pantry") == false)
    #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
  }

  @Test func aMissingFileIsSaidBeforeAnythingRuns() throws {
    let kitchen = try Kitchen()
    let error = #expect(throws: GalleyError.self) {
      try kitchen.runner().plan(try kitchen.recipe(architecture: Self.tuned))
    }
    #expect(error?.exitCode == .missingInput)
    #expect(error?.description.contains("base.safetensors") == true)
  }

  // MARK: Named sets

  private func card(_ requirement: ArtifactRequirement) -> Card {
    Card(
      taxonomy: "weights.digits", version: SemanticVersion(1, 0, 0), summary: "Weights of a test.",
      artifacts: [requirement], peakMemoryBytes: 600 << 20)
  }

  private let named = """
    variants:
      - {name: one}
      - {name: two, set: {trainer.epochs: 2}}
    """

  @Test(arguments: [false, true])
  func aNamedSetIsPlannedFetchedOnceAndUsed(onlyDigitsKnown: Bool) async throws {
    let kitchen = try Kitchen()
    let digest = try await base(kitchen)
    // The pantry has the bytes as a checkpoint already; what is fetched are other ones.
    var saved = try Safetensors(Data(contentsOf: URL(filePath: kitchen.pantry.path(of: digest))))
    saved.metadata = ["made": "elsewhere"]
    let bytes = try saved.serialized()
    let other = Digest(of: bytes)
    let requirement = ArtifactRequirement(
      name: "digits.safetensors", role: .weights, digest: onlyDigitsKnown ? nil : other,
      digestPrefix: onlyDigitsKnown ? String(other.hex.prefix(8)) : nil, byteCount: bytes.count,
      origins: ["https://example.invalid/digits.safetensors"], licence: "CC0-1.0")
    let cards = [card(requirement)]
    let file = try kitchen.recipe(
      architecture: "{use: small-convnet, width: 4, depth: 2, pretrained: digits}", variants: named, cards: cards)

    let plan = try kitchen.runner(cards: cards).plan(file)
    #expect(plan.fetches.map(\.artifact) == [requirement])
    #expect(plan.fetches.first?.variants == ["one", "two"])
    #expect(plan.fetchBytes == bytes.count)
    #expect(plan.text.contains("CC0-1.0") && plan.text.contains("https://example.invalid/digits.safetensors"))
    #expect(try plan.stage("train").memory == MemoryEstimate(bytes: 600 << 20, origin: .promised))
    await #expect(throws: GalleyError.self) {
      _ = try await kitchen.runner(cards: cards).run(file, output: "\(kitchen.path)/output")
    }
    await #expect(throws: GalleyError.self, "something else was fetched") {
      _ = try await kitchen.runner(cards: cards, fetch: { _ in try kitchen.pantry.store(Data("else".utf8)) })
        .run(file, output: "\(kitchen.path)/output")
    }

    let fetched = Mutex(0)
    let runner = kitchen.runner(cards: cards) { requirement in
      fetched.withLock { $0 += 1 }
      #expect(requirement.name == "digits.safetensors")
      return try kitchen.pantry.store(bytes)
    }
    _ = kitchen.events()
    _ = try await runner.run(file, output: "\(kitchen.path)/output")
    #expect(fetched.withLock { $0 } == 1)
    let events = kitchen.events()
    guard case .planned(let planned)? = events.first else {
      Issue.record("the plan comes first")
      return
    }
    #expect(planned.fetchBytes == bytes.count)
    #expect(events.contains(.fetching(requirement)) && events.contains(.fetched(requirement)))
    #expect(try kitchen.report().contains("digits.safetensors, SHA-256 \(other.hex)"))
    #expect(try runner.plan(file).cached.count == planned.stages.count)
  }
}
