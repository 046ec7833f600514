// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Architectures
import Files
import Foundation
import Galley
import Pantry
import Recipes
import Scenarios
import Testing

@Suite(.enabled(if: Kitchen.isUsable, "libraries or the galley program are missing: run make setup"))
struct PlanTests {
  private let twoWidths = """
    variants:
      - {name: four}
      - {name: four int8, set: {optimizer: int8}}
      - {name: six, set: {model.architecture.width: 6}}
    """

  @Test func whatIsPlannedIsWhatRuns() async throws {
    let kitchen = try Kitchen()
    let file = try kitchen.recipe(variants: twoWidths)
    let first = try await kitchen.run(file)
    #expect(first.plan.cached.isEmpty)
    #expect(
      first.plan.stages.map(\.stage) == [
        "prepare", "train", "export", "optimize", "optimize", "train", "export", "optimize", "measure",
      ])
    #expect(first.plan.stages[0].state == .runs([.neverRan]))
    #expect(first.plan.stages[1].variants == ["four", "four int8"])
    #expect(first.plan.stages[8].dependencies == [0, 3, 4, 7])
    #expect(first.plan.stages.map(\.needsMachineAlone) == Array(repeating: false, count: 8) + [true])
    #expect(first.plan.workSeconds == nil && first.plan.unknownTimes == 9)
    #expect(first.outcome.stages.ran == 9)

    let second = try await kitchen.run(file)
    #expect(second.plan.cached == Array(0..<9))
    #expect(second.plan.clockSeconds == 0)
    #expect(second.plan.summary.contains("Nothing to do but the report"))
    #expect(second.ran.isEmpty && second.outcome.stages.reused == 9)
    #expect(second.outcome.variants.map(\.accuracy) == first.outcome.variants.map(\.accuracy))
  }

  @Test func trainingsOfTwoArchitecturesOverlap() async throws {
    let kitchen = try Kitchen()
    let file = try kitchen.recipe(epochs: 3, variants: twoWidths)
    let runner = kitchen.runner()
    _ = try await runner.run(file, output: "\(kitchen.path)/output")
    let events = kitchen.events()
    let trainings = try runner.plan(file).stages.filter { $0.stage == "train" }.map(\.label)
    let first = try #require(events.span(of: trainings[0]))
    let second = try #require(events.span(of: trainings[1]))
    #expect(first.overlaps(second))
    // What measures begins when all else has ended, and nothing begins after it.
    let measured = try #require(events.span(of: "measure 3 variants"))
    let others = events.prefix(measured.lowerBound)
    #expect(others.count { if case .started = $0 { true } else { false } } == 8)
    #expect(others.count { if case .finished = $0 { true } else { false } } == 8)
  }

  @Test func aSmallMemoryBudgetMakesTrainingsTakeTurns() async throws {
    let kitchen = try Kitchen()
    let file = try kitchen.recipe(variants: twoWidths)
    let runner = kitchen.runner(limits: ResourceLimits(memoryBytes: 3 << 29, stages: 4))
    _ = try await runner.run(file, output: "\(kitchen.path)/output")
    let events = kitchen.events()
    let trainings = try runner.plan(file).stages.filter { $0.stage == "train" }.map(\.label)
    let first = try #require(events.span(of: trainings[0]))
    let second = try #require(events.span(of: trainings[1]))
    #expect(!first.overlaps(second))
  }

  @Test func aChangedOptionIsNamedAsTheReason() async throws {
    let kitchen = try Kitchen()
    try await kitchen.run(try kitchen.recipe(epochs: 1))
    let changed = try await kitchen.run(try kitchen.recipe(epochs: 2))
    let train = try changed.plan.stage("train")
    let difference = PartDifference(part: "trainer", option: "epochs", before: "1", now: "2")
    #expect(train.state == .runs([.differs(from: "train small-convnet depth 2 width 4", [difference])]))
    #expect(train.time?.isScaled == true && train.time?.samples == 1)
    #expect(try changed.plan.stage("prepare").state.isCached)
    #expect(try changed.plan.stage("export").state == .runsUnlessUnchanged([1]))
    #expect(train.memory.origin == .measured)
    #expect(train.memory.bytes > 50 << 20, "LibTorch alone takes more")
    let text = changed.plan.text
    #expect(text.contains("trainer: epochs 1 → 2"))
    #expect(text.contains("runs unless 'train small-convnet depth 2 width 4' gives the same result as before"))
    #expect(text.contains("default of supervised"))
  }

  @Test func whatCertainlyRunsAfterwardsSaysAllItsReasons() async throws {
    let kitchen = try Kitchen()
    try await kitchen.run(try kitchen.recipe(epochs: 1))
    let file = try kitchen.recipe(
      epochs: 2, variants: "variants: [{name: quick, set: {export.opset: 19, model.architecture.width: 5}}]")
    let plan = try kitchen.runner().plan(file)
    let differences = [PartDifference(part: "export", option: "opset", before: "18", now: "19")]
    #expect(
      try plan.stage("export").state
        == .runs([.follows([1]), .differs(from: "export small-convnet depth 2 width 4", differences)]))
    let reasons = try plan.stage("train").state.reasons
    #expect("\(reasons)".contains("width") && "\(reasons)".contains("epochs"))
  }

  @Test func aDamagedArtifactMakesItsStageRunAgain() async throws {
    let kitchen = try Kitchen()
    let file = try kitchen.recipe()
    try await kitchen.run(file)
    let record = try #require(
      kitchen.pantry.records(ofStage: "train").first)
    let checkpoint = try #require(record.outputs["checkpoint"])
    let path = kitchen.pantry.path(of: checkpoint)
    var bytes = try Data(contentsOf: URL(filePath: path))
    bytes[bytes.count - 5] ^= 1
    try FileManager.default.removeItem(atPath: path)
    try bytes.write(to: URL(filePath: path))
    let second = try await kitchen.run(file)
    #expect(try second.plan.stage("train").state == .runs([.lostArtifacts(["checkpoint"])]))
    // Training is reproducible to the bit, so what follows needs not run again.
    #expect(second.ran == ["train small-convnet depth 2 width 4"])
    #expect(second.plan.text.contains("missing or damaged in the pantry: checkpoint"))
  }

  @Test func anErrorNamesTheVariant() async throws {
    let kitchen = try Kitchen()
    let file = try kitchen.recipe(
      variants: """
        variants:
          - {name: good}
          - {name: wild, set: {model.architecture.width: 6, export.tolerance: 0}}
        """)
    let error = await #expect(throws: GalleyError.self) {
      _ = try await kitchen.runner().run(file, output: "\(kitchen.path)/output")
    }
    #expect(error?.exitCode == .verdictNo)
    #expect(error?.description.contains("variant 'wild'") == true, "\(error?.description ?? "")")
    #expect(RunHistory(kitchen.pantry).list().first?.status == .failed)
    #expect(RunHistory(kitchen.pantry).list().first?.error?.contains("wild") == true)
  }

  @Test func variantsWithOtherDataAreRefusedBeforeAnythingRuns() throws {
    let kitchen = try Kitchen()
    let file = try kitchen.recipe(variants: "variants: [{name: a}, {name: b, set: {split: {train: 0.5, test: 0.3}}}]")
    let error = #expect(throws: GalleyError.self) { try kitchen.runner().plan(file) }
    #expect(error?.why.contains("different data") == true)
  }

  @Test func aPlanSurvivesJSON() throws {
    let kitchen = try Kitchen()
    let plan = try kitchen.runner().plan(try kitchen.recipe(variants: twoWidths))
    #expect(try JSONDecoder().decode(Plan.self, from: JSONEncoder().encode(plan)) == plan)
  }
}
