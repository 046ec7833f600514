// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Pantry
internal import Recipes

/// Finds out what a graph's stages will do.
struct Planner {
  private let pantry: Pantry
  private let graph: StageGraph
  private let limits: ResourceLimits
  private var earlier: EarlierStages
  /// The records of the stages that are cached, by position.
  private(set) var records: [Int: StageRecord] = [:]
  private var stages: [PlannedStage] = []
  /// The digests of artifacts that are here though their cards don't say the whole digest.
  private(set) var artifacts: [ArtifactRequirement: Digest] = [:]

  init(_ graph: StageGraph, in pantry: Pantry, limits: ResourceLimits) {
    self.graph = graph
    self.pantry = pantry
    self.limits = limits
    earlier = EarlierStages(pantry)
  }

  mutating func plan(_ file: RecipeFile, until goal: StageGoal, rehearsal: Rehearsal? = nil) throws -> Plan {
    for node in graph.nodes {
      for artifact in node.artifacts where artifact.digest == nil {
        artifacts[artifact] = pantry.digest(of: artifact)
      }
      stages.append(try stage(node))
    }
    let open = stages.filter { !$0.state.isCached }
    let times = open.compactMap(\.time?.seconds)
    return Plan(
      recipe: file.name, stages: stages, fetches: fetches(),
      automaticValues: AutomaticValue.values(of: file, limits), limits: limits,
      workSeconds: open.isEmpty ? 0 : times.isEmpty ? nil : times.reduce(0, +),
      clockSeconds: open.isEmpty ? 0 : times.isEmpty ? nil : clockSeconds(), unknownTimes: open.count - times.count,
      goal: goal, rehearsal: rehearsal.map { $0.changes + $0.shortcuts(until: goal) })
  }

  private mutating func stage(_ node: StageNode) throws -> PlannedStage {
    let inputs = StageInputs(pantry: pantry, records: records, artifacts: artifacts, tell: { _ in })
    let parts = node.parts.compactMapValues(inputs.value)
    let unknown = Set(node.parts.keys).subtracting(parts.keys)
    let known = earlier.records(of: node.keptName)
    let nearest = earlier.nearest(node.keptName, parts, ignoring: unknown)
    var planned = PlannedStage(
      id: node.id, stage: node.stage, label: node.label, variants: node.variants, dependencies: node.dependencies,
      state: .runs([.neverRan]), key: try node.identity(inputs.value)?.key(), time: nil,
      memory: memory(node, nearest.map(\.record)), needsMachineAlone: node.measures)
    if let key = planned.key {
      if let record = pantry.record(for: key) {
        records[node.id] = record
        planned.state = .cached(finished: record.finished, seconds: record.seconds)
        return planned
      }
      planned.state = .runs([reason(key, known, nearest)])
    } else {
      planned.state = openState(node, unknown, nearest)
    }
    planned.time = EarlierStages.time(node.keptName, parts, like: nearest.map(\.record))
    return planned
  }

  private func reason(
    _ key: Digest, _ known: [StageRecord],
    _ nearest: [(record: StageRecord, differences: [PartDifference])]
  ) -> RunReason {
    if let same = known.first(where: { $0.key == key }) {
      return .lostArtifacts(same.outputs.filter { !pantry.contains($0.value) }.keys.sorted())
    }
    guard let first = nearest.first else { return .neverRan }
    return .differs(from: first.record.label, first.differences)
  }

  /// The state of a stage whose inputs are not all known: it may find its result once they are, if an earlier stage
  /// agrees in all that is known.
  private func openState(
    _ node: StageNode, _ unknown: Set<String>,
    _ nearest: [(record: StageRecord, differences: [PartDifference])]
  ) -> StageState {
    let missing = node.parts.filter { unknown.contains($0.key) }.values.compactMap { part in
      if case .artifact(let artifact) = part { artifact.name } else { nil }
    }
    let running = node.dependencies.filter { records[$0] == nil }
    var reasons = missing.sorted().map(RunReason.awaitsFetch)
    if !running.isEmpty { reasons.append(.follows(running)) }
    guard let first = nearest.first else { return .runs(reasons + [.neverRan]) }
    if !first.differences.isEmpty { return .runs(reasons + [.differs(from: first.record.label, first.differences)]) }
    guard first.record.parts != nil, missing.isEmpty else { return .runs(reasons) }
    return .runsUnlessUnchanged(running)
  }

  private func memory(_ node: StageNode, _ nearest: [StageRecord]) -> MemoryEstimate {
    if let bytes = node.promisedMemory { return MemoryEstimate(bytes: bytes, origin: .promised) }
    if let bytes = EarlierStages.memory(like: nearest) { return MemoryEstimate(bytes: bytes, origin: .measured) }
    // LibTorch alone takes some 400 MB.
    let assumed = ["train", "export"].contains(node.stage) ? 1 << 30 : 1 << 28
    return MemoryEstimate(bytes: assumed, origin: .assumed)
  }

  private func fetches() -> [PlannedFetch] {
    var fetches: [PlannedFetch] = []
    for node in graph.nodes where !stages[node.id].state.isCached {
      for artifact in node.artifacts where !isHere(artifact) {
        if let index = fetches.firstIndex(where: { $0.artifact.isSame(as: artifact) }) {
          fetches[index].stages.append(node.id)
          fetches[index].variants += node.variants.filter { !fetches[index].variants.contains($0) }
        } else {
          fetches.append(PlannedFetch(artifact: artifact, stages: [node.id], variants: node.variants))
        }
      }
    }
    return fetches
  }

  private func isHere(_ artifact: ArtifactRequirement) -> Bool {
    (artifact.digest ?? artifacts[artifact]).map(pantry.contains) ?? false
  }

  private func clockSeconds() -> Double {
    Schedule.duration(
      stages.map(\.demand), stages.map { $0.state.isCached ? 0 : $0.time?.seconds ?? 0 }, limits: limits)
  }
}

extension PlannedStage {
  /// What the stage needs of the machine.
  var demand: Schedule.Demand {
    Schedule.Demand(
      dependencies: dependencies, memoryBytes: memory.bytes, isAlone: needsMachineAlone, isDone: state.isCached)
  }
}

extension ArtifactRequirement {
  /// Whether two requirements are satisfied by the same bytes.
  func isSame(as other: ArtifactRequirement) -> Bool { digest.map { $0 == other.digest } ?? (self == other) }
}

extension Pantry {
  /// The digest of an artifact that is here and that a requirement accepts.
  ///
  /// Only a requirement's first digits may be known, so the artifacts that begin with these are looked at.
  func digest(of artifact: ArtifactRequirement) -> Digest? {
    if let digest = artifact.digest { return contains(digest) ? digest : nil }
    guard let prefix = artifact.digestPrefix, prefix.count >= 6 else { return nil }
    let found = artifactNames(in: String(prefix.prefix(2))).compactMap { Digest(hex: $0) }.filter(artifact.accepts)
    return found.count == 1 ? found.first : nil
  }
}
