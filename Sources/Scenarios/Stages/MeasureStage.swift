// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Measuring
internal import Pantry
internal import Recipes
internal import Statistics
internal import Targets

/// Measures all variants side by side, so that whatever the machine does meanwhile hits all of them alike.
struct MeasureStage {
  /// A variant's model.
  struct Entry: Sendable {
    var name: String
    var recipe: Recipe
    var model: ModelFile
    var precision: String
  }

  let target: LocalTarget
  let entries: [Entry]

  /// Keeps, for the variant at position `n`, `measurement.n`, `predictions.n` and `durations.n`.
  ///
  /// Variants whose measuring options differ (batch, processes) are measured in groups of equal options.
  func run(on runner: StageRunner, data: PreparedFile, tell: @escaping @Sendable (RunEvent) -> Void) async throws
    -> [StageRecord]
  {
    var records: [StageRecord] = []
    for group in try groups() {
      records.append(try await run(group, on: runner, data: data, tell: tell))
    }
    return records
  }

  /// Positions of entries that are measured together.
  func groups() throws -> [[Int]] {
    var groups: [(key: String, positions: [Int])] = []
    for (position, entry) in entries.enumerated() {
      let key = try entry.recipe.slot("measurement").canonicalText(relativeTo: entry.recipe.folder)
      if let index = groups.firstIndex(where: { $0.key == key }) {
        groups[index].positions.append(position)
      } else {
        groups.append((key, [position]))
      }
    }
    return groups.map(\.positions)
  }

  private func run(
    _ group: [Int], on runner: StageRunner, data: PreparedFile, tell: @escaping @Sendable (RunEvent) -> Void
  ) async throws -> StageRecord {
    let members = group.map { entries[$0] }
    guard let first = members.first else { throw GalleyError(.software, "can't measure", why: "there is no variant") }
    let label = "measure \(members.count) variants"
    return try await runner.run(try identity(members, data), label: label, measures: true) { folder in
      let subjects = try members.map {
        MeasurementSubject(
          name: $0.name, model: $0.model, precision: $0.precision, runtime: try $0.recipe.runtimeChoice())
      }
      let results = try await target.measure(subjects, plan: try plan(first.recipe, data)) { event in
        if let event = RunEvent(event, stage: label) { tell(event) }
      }
      return try keep(results, in: folder)
    }
  }

  private func identity(_ members: [Entry], _ data: PreparedFile) throws -> StageIdentity {
    var parts = [
      "data": data.digest.hex, "runtime.version": try ToolIdentity.onnxRuntime(),
      // A measurement belongs to the machine that it was made on.
      "machine": EnvironmentReader().record(galleyVersion: "").fingerprint,
    ]
    for (position, member) in members.enumerated() {
      parts["model.\(position)"] = member.model.digest.hex
      parts["runtime.\(position)"] = try member.recipe.slot("runtime").canonicalText(relativeTo: member.recipe.folder)
      parts["measurement"] = try member.recipe.slot("measurement").canonicalText(relativeTo: member.recipe.folder)
      parts["seed"] = String(member.recipe.seed)
    }
    return StageIdentity(stage: "measure", version: 1, parts: parts)
  }

  private func plan(_ recipe: Recipe, _ data: PreparedFile) throws -> MeasurementPlan {
    let options = try recipe.slot("measurement").options(of: InterleavedMeasurement.self)
    let rule = BlockRule(
      minimumRepetitions: options.inferencesPerBlock, minimumSeconds: Double(options.blockMilliseconds) / 1000)
    var threads = 1
    if case .int(let count)? = try recipe.slot("runtime").options["threads"] { threads = count }
    return MeasurementPlan(
      data: data.path, subset: .test, batch: options.batch, processes: options.processes, blocks: options.blocks,
      block: rule, seed: recipe.seed, threads: threads)
  }

  private func keep(_ results: [SubjectResult], in folder: String) throws -> [String: String] {
    var files: [String: String] = [:]
    for (position, result) in results.enumerated() {
      let measured = try result.outcome.get()
      for (name, document) in [
        ("measurement", measured.measurement as any Encodable & Sendable), ("predictions", measured.predictions),
        ("durations", measured.durations),
      ] {
        files["\(name).\(position)"] = try write(document, "\(folder)/\(name).\(position).json")
      }
    }
    return files
  }
}

extension RunEvent {
  /// What the measuring room tells, as this room tells it; `nil` for what only its log needs.
  fileprivate init?(_ event: MeasuringEvent, stage: String) {
    switch event {
    case .waiting(let holder): self = .warning("Waiting for \(holder), which measures on this machine.")
    case .progress(let completed, let total, let message):
      self = .progress(stage: stage, Progress(completed: completed, total: total, unit: "step", message: message))
    case .failed(let subject, let error): self = .warning("\(subject): \(error)")
    case .log: return nil
    }
  }
}

extension EnvironmentRecord {
  /// What makes a machine another one, as far as times are concerned.
  var fingerprint: String {
    [host, architecture, processor, String(processorCount), String(memoryBytes), kernel].joined(separator: "; ")
  }
}
