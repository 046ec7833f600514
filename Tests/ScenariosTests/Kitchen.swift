// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Architectures
import Backends
import Datasets
import Files
import Foundation
import Galley
import ModelOptimizers
import NativeLibraries
import Pantry
import Recipes
import Runtimes
import Scenarios
import Synchronization
import Targets
import Testing

/// A folder with a pantry, a small table of digits, and runners whose workers are the built program.
final class Kitchen: Sendable {
  static let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  static let program: String = {
    let runner = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(filePath: runner).deletingLastPathComponent().appending(path: "galley").path
  }()
  static let isUsable: Bool = {
    guard case .available = ONNXRuntime.availability(),
      (try? NativeLibraryLocator().locate(.galleyTorch)) != nil
    else { return false }
    return FileManager.default.isExecutableFile(atPath: program)
  }()

  let path: String
  let pantry: Pantry
  private let seen = Mutex<[RunEvent]>([])

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "galley-\(UUID().uuidString)").path
    pantry = try Pantry(root: "\(path)/pantry")
    try Self.digits(below: 10).write(toFile: "\(path)/digits.csv", atomically: true, encoding: .utf8)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The first digits of the example's table that are smaller than `limit`.
  static func digits(below limit: Int, count: Int = 400) throws -> String {
    let table = try String(
      contentsOf: package.appending(path: "Examples/digits/data/digits.csv"), encoding: .utf8)
    let rows = table.split(separator: "\n")
    let kept = rows.dropFirst().filter { row in
      row.split(separator: ",").dropFirst().first.flatMap { Int($0) }.map { $0 < limit } ?? false
    }
    return (rows.prefix(1) + kept.prefix(count)).joined(separator: "\n") + "\n"
  }

  static func catalogue(_ more: [Card] = []) -> Catalogue {
    Catalogue(
      datasets: Registry([.init(ImageTable.self) { $0 }, .init(ImageItems.self) { $0 }]),
      splits: Registry([.init(StratifiedSplit.self) { $0 }, .init(StatedSplit.self) { $0 }]),
      optimizers: Registry([.init(NoOptimizer.self) { $0 }, .init(Int8Quantizer.self) { $0 }]),
      others: [
        SmallConvNet.card, ModelFileONNX.card, NoWeights.card, WeightsFile.card,
        SupervisedTrainer.card, ONNXExport.card, InterleavedMeasurement.card, ONNXRuntime.card,
      ] + more)
  }

  /// A recipe that is quick; `architecture` stands for small-convnet's options or another choice.
  func recipe(
    architecture: String = "{use: small-convnet, width: 4, depth: 2}", epochs: Int = 1, data: String = "digits.csv",
    variants: String = "", name: String = "quick", cards: [Card] = []
  ) throws -> RecipeFile {
    try RecipeFile.read(
      text: """
        recipe: \(name)
        task: classification
        seed: 3
        data: {use: image-table, path: \(data), height: 8, width: 8, maximum: 16}
        model: {architecture: \(architecture)}
        trainer: {epochs: \(epochs)}
        measurement: {processes: 3, blocks: 2, blockMilliseconds: 1}
        \(variants)
        """, path: "recipe.yaml", folder: path,
      catalogue: CardCatalogue(Self.catalogue(cards).cards + Card.tasks))
  }

  func runner(
    cards: [Card] = [], limits: ResourceLimits = ResourceLimits(memoryBytes: 8 << 30, stages: 2),
    fetch: ScenarioRunner.Fetch? = nil, keptIn other: Pantry? = nil
  ) -> ScenarioRunner {
    ScenarioRunner(
      catalogue: Self.catalogue(cards), backend: LibTorchBackend(executable: Self.program),
      target: LocalTarget(executable: Self.program, lockPath: "\(path)/lock"), pantry: other ?? pantry,
      command: "galley run recipe.yaml", limits: limits, fetch: fetch
    ) { event in self.seen.withLock { $0.append(event) } }
  }

  /// The events since this was last asked.
  func events() -> [RunEvent] {
    seen.withLock { events in
      defer { events = [] }
      return events
    }
  }

  /// Runs a recipe and checks that what ran is what was planned.
  @discardableResult
  func run(
    _ file: RecipeFile, cards: [Card] = [], output: String = "output", fetch: ScenarioRunner.Fetch? = nil
  ) async throws -> (outcome: RunOutcome, plan: Plan, ran: [String]) {
    let runner = runner(cards: cards, fetch: fetch)
    let plan = try runner.plan(file)
    _ = events()
    let outcome = try await runner.run(file, output: "\(path)/\(output)")
    let (ran, reused) = events().stages
    for stage in plan.stages {
      switch stage.state {
      case .cached: #expect(reused.contains(stage.label) && !ran.contains(stage.label), "\(stage.label)")
      case .runs: #expect(ran.contains(stage.label) && !reused.contains(stage.label), "\(stage.label)")
      case .runsUnlessUnchanged:
        #expect(ran.contains(stage.label) != reused.contains(stage.label), "\(stage.label)")
      }
    }
    #expect(Set(ran).union(reused) == Set(plan.stages.map(\.label)))
    return (outcome, plan, ran)
  }

  /// The report of the last run, as it was written.
  func report(_ output: String = "output", _ name: String = "report.md") throws -> String {
    try String(contentsOfFile: "\(path)/\(output)/\(name)", encoding: .utf8)
  }
}

extension [RunEvent] {
  /// The stages that ran to their end, and those whose results were taken.
  var stages: (ran: [String], reused: [String]) {
    var (ran, reused): ([String], [String]) = ([], [])
    for event in self {
      switch event {
      case .finished(let stage, _): ran.append(stage)
      case .reused(let stage, _): reused.append(stage)
      default: break
      }
    }
    return (ran, reused)
  }

  /// Positions at which a stage began and ended.
  func span(of stage: String) -> ClosedRange<Int>? {
    let start = firstIndex { if case .started(stage) = $0 { true } else { false } }
    let end = firstIndex { if case .finished(stage, _) = $0 { true } else { false } }
    return start.flatMap { start in end.map { start...$0 } }
  }

  var warnings: [String] {
    compactMap { if case .warning(let text) = $0 { text } else { nil } }
  }
}

extension Plan {
  func stage(_ kind: String) throws -> PlannedStage { try #require(stages.first { $0.stage == kind }) }
}

extension StageState {
  /// The reasons, if the stage runs.
  var reasons: [RunReason] {
    if case .runs(let reasons) = self { reasons } else { [] }
  }
}
