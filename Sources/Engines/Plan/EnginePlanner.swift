// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley

/// A plan with all that is needed to carry it out.
struct PlannedWork: Sendable {
  var plan: EnginePlan
  var work: VerbRequest.Work
  var backend: any Backend
  var backendOptions: [String: ConfigurationValue]
  var data: ReadData
  /// The file that the backend gets, where it will lie, and its bytes.
  var dataFile: (path: String, contents: Data)
}

/// Makes plans: pure apart from reading the data and the model's file.
struct EnginePlanner {
  let model: ModelSource
  let source: DataSource?
  /// The workspace's folder, absolute.
  let workspace: String
  let registry: BackendRegistry
  let backendID: String?
  let machine: EngineMachine

  /// Plans a verb.
  /// - Parameter listing: the items of a prediction.
  /// - Throws: `GalleyError` with the first thing that stands in the way.
  func plan(_ work: EngineWork, predicting listing: ItemListing? = nil) throws(GalleyError) -> PlannedWork {
    let (work, adopted) = try ResumedChoices.adopt(work, in: EngineWorkspace(workspace))
    try requireTrained(for: work.verb)
    var data = try read(listing, for: work.verb)
    let known = try knownModel()
    if let known, listing == nil {
      data = try ClassOrder(
        data: data.labels, model: known.meaning.labels, data.path, known.reference.summary
      ).apply(to: data)
    } else {
      try data.check(for: work.verb)
    }
    let task = try task(known, data)
    let input = try known == nil ? InputChoice(data, side: work.inputSize) : nil
    let (reference, modelValues) = try reference(known, task, input)
    let (backend, decision) = try registry.decide(work.verb, reference, task: task, named: backendID)
    if known != nil { try data.check(for: work.verb) }
    let preprocessing: Preprocessing
    if let known {
      preprocessing = known.meaning.preprocessing
    } else {
      preprocessing = try unwrapped(input).preprocessing
    }
    let facts = facts(work, data, known, reference, input, backend)
    let (complete, values) = try WorkCompletion(facts: facts, adopted: adopted).complete(
      work, inputSizeReason: input?.reason)
    try registry.check(complete.options, work.verb, reference, task: task, by: backend)
    let (own, ownValues) = try registry.ownOptions(work.backendGroups, work.verb, of: backend)
    let file = try data.serialized()
    let digest = Digest(of: file.data)
    let plan = EnginePlan(
      verb: work.verb, model: reference, task: task, labels: known?.meaning.labels ?? data.labels,
      preprocessing: preprocessing,
      data: EnginePlan.DataSummary(
        path: data.path, identity: data.identity, file: digest,
        counts: Dictionary(uniqueKeysWithValues: data.counts.map { ($0.key.rawValue, $0.value) })),
      backend: decision,
      stages: [
        EnginePlan.Stage(name: "data", summary: Self.summary(data), values: data.values),
        EnginePlan.Stage(name: "model", summary: "\(reference.form): \(reference.summary)", values: modelValues),
        EnginePlan.Stage(name: work.verb.rawValue, summary: work.verb.purpose, values: values + ownValues),
      ], warnings: data.warnings + (known?.warnings ?? []) + Self.missing(backend))
    return PlannedWork(
      plan: plan, work: complete, backend: backend, backendOptions: own, data: data,
      dataFile: ("\(workspace)/data/\(digest.hex).\(file.ending)", file.data))
  }

  private func read(_ listing: ItemListing?, for verb: EngineVerb) throws(GalleyError) -> ReadData {
    if let listing { return ReadData(predicting: listing) }
    guard let source else {
      throw GalleyError(
        .usage, "can't \(verb.rawValue)", why: "there is no data set", remedy: "Name it with --data PATH.")
    }
    return try ReadData.read(source, workspace: workspace) { task, reason throws(GalleyError) in
      let abilities = registry.backends.flatMap(\.descriptor.abilities)
      guard !abilities.contains(where: { $0.verbs.contains(verb) && $0.tasks.contains(task) }) else { return }
      let known = Set(abilities.filter { $0.verbs.contains(verb) }.flatMap(\.tasks)).map(\.rawValue).sorted()
      throw GalleyError(
        .badData, "can't \(verb.rawValue) on this data set", at: source.path,
        why: "it is for \(task.rawValue) (\(reason)), and no backend can do that",
        remedy: "The backends can do \(known.joined(separator: ", ")); if each item has one class, say so: "
          + "--task classification.")
    }
  }

  /// Refuses an architecture, whose weights nobody has trained, where every backend needs a model.
  private func requireTrained(for verb: EngineVerb) throws(GalleyError) {
    let name: String
    switch model {
    case .automatic: name = "auto"
    case .architecture(let choice): name = choice.name
    case .checkpoint, .file: return
    }
    let abilities = registry.backends.flatMap(\.descriptor.abilities)
    guard !abilities.contains(where: { $0.verbs.contains(verb) && $0.forms.contains(.architecture) }) else { return }
    let subject = name == "auto" ? "auto chooses an architecture to be trained" : "\(name) is an architecture"
    throw GalleyError(
      .usage, "can't \(verb.rawValue)", at: "--model \(name)",
      why: "\(subject): nobody has trained its weights, so it knows nothing yet",
      remedy: "Train it: galley train --model \(name) --data \(source?.path ?? "DATA") writes a checkpoint. "
        + "Or name a checkpoint or a model file: --model CHECKPOINT, --model model.onnx.")
  }

  private func knownModel() throws(GalleyError) -> KnownModel? {
    switch model {
    case .automatic, .architecture: nil
    case .checkpoint(let path): try KnownModel(checkpoint: path, registry)
    case .file(let path, let options): try KnownModel(file: path, options)
    }
  }

  /// The model's task wins where the data's is a special case of it.
  private func task(_ known: KnownModel?, _ data: ReadData) throws(GalleyError) -> EngineTask {
    guard let own = known?.meaning.task, own != data.task, !data.counts.isEmpty else {
      return known?.meaning.task ?? data.task
    }
    if own == .multiLabelClassification, data.task == .classification { return own }
    throw GalleyError(
      .badData, "can't use the data set with this model", at: data.path,
      why: "the data is labelled for \(data.task.rawValue), and the model is for \(own.rawValue)",
      remedy: "Use data of the model's task; --task says what the items are labelled for.")
  }

  /// The model as the backend gets it, with the values that decided it.
  private func reference(
    _ known: KnownModel?, _ task: EngineTask, _ input: InputChoice?
  ) throws(GalleyError) -> (ModelReference, [ExplainedValue]) {
    if let known { return (known.reference, known.values) }
    let choice: IngredientChoice
    var values: [ExplainedValue]
    var given: Set<String> = []
    switch model {
    case .architecture(let named):
      guard let card = registry.architecture(named.name) else {
        throw GalleyError(
          .usage, "can't find the model", at: named.name, why: "no backend offers this architecture",
          remedy: "galley models lists the names.")
      }
      choice = try named.completed(by: card)
      given = Set(
        card.options.filter { named.options[$0.name] != nil && named.options[$0.name] != $0.defaultValue }.map(\.name))
      values = [ExplainedValue("model.architecture", .string(choice.name), .given)]
    default:
      let chosen = try ArchitectureChoice(among: registry, task, inputShape: unwrapped(input).shape)
      choice = try IngredientChoice(chosen.card.name).completed(by: chosen.card)
      values = [ExplainedValue("model.architecture", .string(choice.name), .automatic, reason: chosen.reason)]
    }
    values += choice.options.sorted { $0.key < $1.key }.map {
      ExplainedValue("model.\($0.key)", $0.value, given.contains($0.key) ? .given : .default)
    }
    return (.architecture(choice), values)
  }

  private func unwrapped(_ input: InputChoice?) throws(GalleyError) -> InputChoice {
    if let input { return input }
    throw GalleyError(.software, "can't plan", why: "a model without meaning needs an input")
  }

  private func facts(
    _ work: EngineWork, _ data: ReadData, _ known: KnownModel?, _ reference: ModelReference, _ input: InputChoice?,
    _ backend: any Backend
  ) -> TrainingFacts {
    var decodes = false
    if case .listing = data.content { decodes = true }
    let shape =
      input?.shape
      ?? known.map { $0.meaning.preprocessing.inputShape(height: 224, width: 224, channels: 3) } ?? []
    let items = work.verb.subset.flatMap { data.counts[$0] } ?? data.itemCount
    var architecture = known?.meaning.architecture
    if case .architecture(let choice) = reference { architecture = choice }
    return TrainingFacts(
      items: items, classes: known?.meaning.labels.count ?? data.labels.count, inputShape: shape,
      parameterCount: architecture.flatMap { backend.parameterCount(of: $0) },
      isPretrained: work.beginsWithWeights || reference.beginsWithWeights, decodesItems: decodes,
      cores: machine.cores, memoryBytes: machine.memoryBytes, hasCUDA: machine.hasCUDA)
  }

  private static func summary(_ data: ReadData) -> String {
    switch data.content {
    case .listing(let listing, let unpacked):
      "\(listing.items.count) image files" + (unpacked.isEmpty ? "" : ", \(unpacked.count) of them unpacked first")
    case .prepared(let prepared): "\(prepared.subsets.values.reduce(0) { $0 + $1.count }) items in one file"
    }
  }

  /// What the backend needs and this machine lacks.
  private static func missing(_ backend: any Backend) -> [String] {
    guard case .unavailable(let reason, _) = backend.availability() else { return [] }
    return ["\(backend.descriptor.id) can't work here: \(reason)"]
  }
}
