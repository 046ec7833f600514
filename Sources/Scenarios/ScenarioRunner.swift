// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Backends
public import Files
public import Galley
public import Pantry
public import Recipes
package import Targets

internal import FoundationEssentials
internal import Golden
internal import Reports

/// Plans and runs a recipe's variants from data set to report; a stage that has been run with the same inputs is not
/// run again.
///
/// ```swift
/// let runner = ScenarioRunner(catalogue: catalogue, pantry: pantry, command: "galley run recipe.yaml") { print($0) }
/// print(try runner.plan(file).text)
/// let outcome = try await runner.run(file, output: "output")
/// ```
public struct ScenarioRunner: Sendable {
  /// Brings something into the pantry and gives its digest.
  public typealias Fetch = @Sendable (ArtifactRequirement) async throws -> Digest

  private(set) var pantry: Pantry
  let command: String
  let tell: @Sendable (RunEvent) -> Void
  let workshop: Workshop
  let volume: VolumeChoice
  private let limits: ResourceLimits
  private let fetch: Fetch?

  /// Creates a runner.
  /// - Parameters:
  ///   - catalogue: the ingredients that recipes may use.
  ///   - pantry: where results are kept.
  ///   - command: how a person would start this run again, for the report.
  ///   - volume: the golden volume that takes the measurements.
  ///   - limits: how much of the machine stages take together.
  ///   - measuring: where is measured, by default on this machine.
  ///   - fetch: brings what a recipe needs into the pantry; `nil` refuses recipes that need something.
  ///   - tell: receives events as they happen, from any thread.
  public init(
    catalogue: Catalogue, pantry: Pantry, command: String, volume: VolumeChoice = .pantry,
    limits: ResourceLimits = ResourceLimits(), measuring: MeasuringTargets = MeasuringTargets(),
    fetch: Fetch? = nil, tell: @escaping @Sendable (RunEvent) -> Void
  ) {
    let target = LocalTarget()
    self.init(
      Workshop(catalogue: catalogue, backend: LibTorchBackend(), target: target, measuring: measuring.orLocal(target)),
      pantry: pantry, command: command, volume: volume, limits: limits, fetch: fetch, tell: tell)
  }

  /// Creates a runner whose workers are other programs than this one.
  package init(
    catalogue: Catalogue, backend: LibTorchBackend, target: LocalTarget, pantry: Pantry, command: String = "",
    volume: VolumeChoice = .pantry,
    limits: ResourceLimits = ResourceLimits(), measuring: MeasuringTargets = MeasuringTargets(), fetch: Fetch? = nil,
    tell: @escaping @Sendable (RunEvent) -> Void = { _ in }
  ) {
    self.init(
      Workshop(catalogue: catalogue, backend: backend, target: target, measuring: measuring.orLocal(target)),
      pantry: pantry, command: command, volume: volume, limits: limits, fetch: fetch, tell: tell)
  }

  private init(
    _ workshop: Workshop, pantry: Pantry, command: String, volume: VolumeChoice, limits: ResourceLimits, fetch: Fetch?,
    tell: @escaping @Sendable (RunEvent) -> Void
  ) {
    self.workshop = workshop
    self.pantry = pantry
    self.command = command
    self.volume = volume
    self.limits = limits
    self.fetch = fetch
    self.tell = tell
  }

  /// What running a recipe would do; nothing is run or fetched.
  /// - Parameter goal: How far it would be run.
  /// - Throws: `GalleyError` if a file that the recipe names or a library is missing, or if the variants can't be
  ///   compared.
  public func plan(_ file: RecipeFile, until goal: StageGoal = .report) throws -> Plan {
    try plan(Order(file: file, goal: goal))
  }

  /// What rehearsing a recipe would do; nothing is run or fetched.
  /// - Throws: `GalleyError`, as above.
  public func plan(_ rehearsal: Rehearsal, until goal: StageGoal = .report) throws -> Plan {
    try plan(Order(file: rehearsal.file, goal: goal, rehearsal: rehearsal))
  }

  private func plan(_ order: Order) throws -> Plan {
    let file = try RecipeInputs(pantry: pantry).resolve(order.file)
    var planner = Planner(try StageGraph(file, workshop(for: order), until: order.goal), in: pantry, limits: limits)
    return try planner.plan(file, until: order.goal, rehearsal: order.rehearsal)
  }

  /// Plans, runs all variants exactly so, and writes the report to `output`.
  ///
  /// The run is noted in the pantry's history before work begins, and again when it has ended, however it ends.
  /// - Throws: `GalleyError`, or `CancellationError` if the task is cancelled; finished stages stay finished.
  public func run(_ file: RecipeFile, output: String) async throws -> RunOutcome {
    try await leasing().carryOut(Order(file: file), output: output) { work, record in
      let (outcome, figures) = try await report(work, run: record.id)
      record.succeed(report: outcome.report, figures)
      return outcome
    }
  }

  /// Runs all variants as far as a goal, and copies what was made to `output`. With the goal `report` the report is
  /// written, as `run(_:output:)` does it.
  ///
  /// The run is noted in the pantry's history, as above.
  /// - Throws: `GalleyError`, or `CancellationError` if the task is cancelled; finished stages stay finished.
  public func run(_ file: RecipeFile, until goal: StageGoal, output: String) async throws -> RunProducts {
    try await leasing().carryOut(Order(file: file, goal: goal), output: output) { work, record in
      var products = try products(of: work, run: record.id)
      if goal == .report {
        let (outcome, figures) = try await report(work, run: record.id)
        products.report = outcome.report
        record.succeed(report: outcome.report, figures)
      } else {
        record.succeed(report: nil)
      }
      return products
    }
  }

  /// Rehearses all variants as far as a goal: every stage is done for real and as short as it can be, to see whether it
  /// can be done. What is made is copied to `output`; a report says on top that it is one of a rehearsal, and has no
  /// figures.
  ///
  /// Nothing of a rehearsal is taken for a result: its stages have keys of their own, and no golden volume takes rows.
  /// - Throws: `GalleyError`, or `CancellationError` if the task is cancelled.
  public func rehearse(
    _ rehearsal: Rehearsal, until goal: StageGoal = .report, output: String
  ) async throws -> RunProducts {
    let order = Order(file: rehearsal.file, goal: goal, rehearsal: rehearsal)
    return try await leasing().carryOut(order, output: output) { work, record in
      var products = try products(of: work, run: record.id)
      if goal == .report { products.report = try await reportRehearsal(work, products) }
      record.succeed(report: products.report)
      return products
    }
  }

  /// What a run is asked for.
  struct Order {
    var file: RecipeFile
    var goal = StageGoal.report
    var rehearsal: Rehearsal?
  }

  /// What a run has done before its results are handed over.
  struct Work {
    var order: Order
    var graph: StageGraph
    var plan: Plan
    var uses: [StageRunner.Use]
    var output: String
    var startedAt: Double
  }

  /// The runner with a pantry in which what the run has read or made is not removed to make room before it has ended.
  private func leasing() -> ScenarioRunner {
    var runner = self
    runner.pantry = pantry.leasing()
    return runner
  }

  private func workshop(for order: Order) -> Workshop {
    var workshop = workshop
    guard order.rehearsal != nil else { return workshop }
    workshop.isRehearsal = true
    // Opening LibTorch takes longer than anything that it is opened for.
    workshop.backend = workshop.backend.keepingWorker()
    return workshop
  }

  /// Plans, runs the stages, and has the results handed over, noting the run in the history.
  private func carryOut<Result>(
    _ order: Order, output: String, _ handOver: (Work, inout RunRecord) async throws -> Result
  ) async throws -> Result {
    let startedAt = Date().timeIntervalSince1970
    let inputs = RecipeInputs(pantry: pantry)
    var order = order
    order.file = try inputs.resolve(order.file)
    let workshop = workshop(for: order)
    let graph = try StageGraph(order.file, workshop, until: order.goal)
    var planner = Planner(graph, in: pantry, limits: limits)
    let plan = try planner.plan(order.file, until: order.goal, rehearsal: order.rehearsal)
    tell(.planned(plan))
    let history = RunHistory(pantry)
    var record = try history.begin(order.file, plan: plan, command: command, output: output, startedAt: startedAt)
    do {
      let artifacts = try await fetchAll(plan).merging(planner.artifacts) { fetched, _ in fetched }
      try inputs.keep(order.file)
      let uses = try await execute(graph, plan, planner.records, artifacts)
      await workshop.backend.endWorker()
      let work = Work(order: order, graph: graph, plan: plan, uses: uses, output: output, startedAt: startedAt)
      let result = try await handOver(work, &record)
      try history.keep(record)
      return result
    } catch {
      record.fail(error)
      // What went wrong with the run says more than a history that can't be written.
      try? history.keep(record)
      throw error
    }
  }

  private func fetchAll(_ plan: Plan) async throws -> [ArtifactRequirement: Digest] {
    var digests: [ArtifactRequirement: Digest] = [:]
    for artifact in plan.fetches.map(\.artifact) {
      guard let fetch else {
        throw GalleyError(
          .unavailable, "can't fetch \(artifact.name)", at: artifact.origins.first,
          why: "nothing may be fetched here, and it is not in the pantry",
          remedy: "Add the file to the pantry, or make another choice.")
      }
      tell(.fetching(artifact))
      let digest = try await fetch(artifact)
      let isKnown = artifact.digest != nil || artifact.digestPrefix != nil
      guard pantry.contains(digest), !isKnown || artifact.accepts(digest) else {
        throw GalleyError(
          .badData, "can't use \(artifact.name)", at: artifact.origins.first,
          why: "what was fetched has the SHA-256 \(digest.short)…, which is not what the recipe needs",
          remedy: "Ask whoever offers the file; nothing was changed.")
      }
      digests[artifact] = digest
      tell(.fetched(artifact))
    }
    return digests
  }

  private func execute(
    _ graph: StageGraph, _ plan: Plan, _ records: [Int: StageRecord], _ artifacts: [ArtifactRequirement: Digest]
  ) async throws -> [StageRunner.Use] {
    let runner = StageRunner(pantry: pantry, lockPath: workshop.target.lockPath, tell: tell)
    let isSet = graph.variants.count > 1
    let uses = try await Schedule.run(plan.stages.map(\.demand), limits: limits) {
      (stage, earlier: [Int: StageRunner.Use]) -> StageRunner.Use in
      let node = graph.nodes[stage]
      if let record = records[stage] { return runner.reuse(record, node) }
      let inputs = StageInputs(
        pantry: pantry, records: earlier.mapValues(\.record), artifacts: artifacts, tell: tell)
      do {
        return try await runner.run(node, inputs)
      } catch let error as GalleyError where isSet {
        throw error.naming(node.variants)
      }
    }
    return uses.sorted { $0.key < $1.key }.map(\.value)
  }
}

extension GalleyError {
  /// The same error with the variants whose stage failed.
  fileprivate func naming(_ variants: [String]) -> GalleyError {
    let names = variants.map { "'\($0)'" }.joined(separator: ", ")
    var error = self
    error.what += variants.count == 1 ? " (variant \(names))" : " (variants \(names))"
    return error
  }
}
