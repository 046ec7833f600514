// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Measuring
internal import Pantry
internal import Recipes
internal import Statistics
internal import Targets

extension Workshop {
  /// Measures variants side by side, so that whatever the machine does meanwhile hits all of them alike; keeps, for
  /// the variant at position `n`, `measurement.n`, `predictions.n` and `durations.n`.
  func measure(_ entries: [MeasureStage.Entry], _ prepare: Int, _ texts: inout SlotTexts) throws -> StageNode {
    guard let variant = entries.first?.variant else {
      throw GalleyError(.software, "can't measure", why: "there is no variant")
    }
    let (recipe, target) = (variant.recipe, try measuring.target(of: variant))
    var parts: [String: StageNode.Part] = [
      "data": .output(of: prepare, name: "data"),
      // A measurement belongs to the machine that it was made on.
      "machine": .text(target.fingerprint()),
      "measurement": .text(try texts.text("measurement", of: recipe)), "seed": .text(String(recipe.seed)),
    ]
    for (position, entry) in entries.enumerated() {
      parts["model.\(position)"] = .output(of: entry.optimize, name: "model")
      parts["runtime.\(position)"] = .text(try texts.text("runtime", of: entry.variant.recipe))
      // Another target's libraries are in its fingerprint.
      parts["runtime.\(position).library"] = .text(
        target.isLocal ? try ToolIdentity.libraries(of: entry.variant.recipe.slot("runtime").card) : "")
      if let stage = entry.origin.modelFile { parts["card.\(position)"] = .output(of: stage, name: "card") }
    }
    let stage = MeasureStage(target: target, entries: entries, isRehearsal: isRehearsal)
    return StageNode(
      stage: "measure", label: entries.count == 1 ? "measure 1 variant" : "measure \(entries.count) variants",
      parts: parts, measures: !isRehearsal && target.isLocal, isElsewhere: !target.isLocal,
      slots: try entries.flatMap { try $0.variant.recipe.choices("runtime", "measurement") }
    ) { inputs, label, folder in
      try await stage.run(inputs, data: inputs.prepared(prepare), label: label, in: folder)
    }
  }

  /// Positions of variants that are measured together: those whose measuring options and targets are equal.
  func measuringGroups(_ entries: [MeasureStage.Entry], _ texts: inout SlotTexts) throws -> [[Int]] {
    var groups: [(key: String, positions: [Int])] = []
    for (position, entry) in entries.enumerated() {
      let recipe = entry.variant.recipe
      let target = try measuring.target(of: entry.variant).targetName
      let key = try texts.text("measurement", of: recipe) + " \(recipe.seed) \(target)"
      if let index = groups.firstIndex(where: { $0.key == key }) {
        groups[index].positions.append(position)
      } else {
        groups.append((key, [position]))
      }
    }
    return groups.map(\.positions)
  }
}

/// Measures variants together.
struct MeasureStage: Sendable {
  /// A variant and the stage that made its model.
  struct Entry: Sendable {
    var variant: RecipeFile.Variant
    var origin: ModelOrigin
    var optimize: Int
  }

  let target: any MeasuringTarget
  let entries: [Entry]
  let isRehearsal: Bool

  func run(_ inputs: StageInputs, data: PreparedFile, label: String, in folder: String) async throws
    -> [String: String]
  {
    guard let first = entries.first else { return [:] }
    let subjects = try entries.map { try subject($0, inputs) }
    let plan = try plan(first.variant.recipe, data)
    let results = try await target.measure(subjects, plan: plan) { event in
      if let event = RunEvent(event, stage: label) { inputs.tell(event) }
    }
    return try keep(results, in: folder)
  }

  private func subject(_ entry: Entry, _ inputs: StageInputs) throws -> MeasurementSubject {
    let record = try inputs.record(entry.optimize)
    let optimization = try inputs.pantry.document(OptimizationRecord.self, "record", of: record)
    let runtime = try entry.variant.recipe.runtimeChoice()
    var threads: Int?
    if case .int(let count)? = runtime.options["threads"] { threads = count }
    return MeasurementSubject(
      name: entry.variant.name, model: try inputs.pantry.onnxModel("model", of: record),
      precision: optimization.precision, runtime: runtime, preprocessing: try inputs.preprocessing(entry.origin),
      threads: threads)
  }

  private func plan(_ recipe: Recipe, _ data: PreparedFile) throws -> MeasurementPlan {
    let options = try recipe.slot("measurement").options(of: InterleavedMeasurement.self)
    let rule = BlockRule(
      minimumRepetitions: options.inferencesPerBlock, minimumSeconds: Double(options.blockMilliseconds) / 1000)
    var plan = MeasurementPlan(
      data: data.path, subset: .test, batch: options.batch, processes: options.processes, blocks: options.blocks,
      block: rule, seed: recipe.seed)
    if isRehearsal { plan.shorten() }
    return plan
  }

  private func keep(_ results: [SubjectResult], in folder: String) throws -> [String: String] {
    var files: [String: String] = [:]
    for (position, result) in results.enumerated() {
      let measured = try result.outcome.get()
      guard let predictions = measured.predictions else {
        throw GalleyError(.software, "can't keep what was measured", why: "\(result.subject.name) gave no answers")
      }
      for (name, document) in [
        ("measurement", measured.measurement as any Encodable & Sendable), ("predictions", predictions),
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
    case .waiting(let holder): self = .warning("Waiting for \(holder).")
    case .progress(let completed, let total, let message):
      self = .progress(stage: stage, Progress(completed: completed, total: total, unit: "step", message: message))
    case .failed(let subject, let error): self = .warning("\(subject): \(error)")
    case .sampled, .log: return nil
    }
  }
}
