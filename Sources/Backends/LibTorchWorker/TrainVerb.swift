// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Architectures
internal import Files
internal import FoundationEssentials
internal import Galley
internal import Tensors
internal import Torch
internal import WorkerProtocol

/// `train`: fits a network and writes its checkpoints.
struct TrainVerb {
  let host: TorchHost
  let context: WorkerContext
  let request: VerbRequest

  func run(_ options: TrainOptions) throws -> VerbResult {
    try TorchHost.explaining("train") {
      let model = try TrainedModel(request.model)
      var options = options
      if options.initialWeights == nil { options.initialWeights = try model.checkpoint ?? pretrained(model.card) }
      let data = try RequestedData(request).training(options)
      let library = try host.library()
      let run = try TrainingRun(options, in: library) { scope in
        try model.made.makeModule(inputShape: data.inputShape, classes: data.labels.count, in: scope)
      }
      let initial = try initialWeights(run, options)
      let folder = folder(model, data, initial, resume: options.resume, library)
      let outcome = try train(run, data, folder)
      let count = data.training.count + (data.validation?.count ?? 0)
      return try result(outcome, run, folder, initial, itemCount: count)
    }
  }

  /// The file that the architecture's own option names.
  private func pretrained(_ card: Card) throws(GalleyError) -> String? {
    guard case .architecture(let choice) = request.model,
      let option = card.options.first(where: { $0.kind.accepted.contains("weights") }),
      let value = choice.options[option.name], value != .null, value != .string("none"),
      value != .string("weights.none")
    else { return nil }
    if case .map(let fields) = value, case .string(let path)? = fields["path"] { return path }
    throw GalleyError(
      .configuration, "can't begin with the weights '\(value)'", at: option.name, why: "they name no file",
      remedy: "Give the file with the option initialWeights.")
  }

  /// Gives the network the weights that training begins with. A run that goes on has its weights already, and keeps the
  /// word of where they came from, so that its checkpoints have the bytes of a run that was never interrupted.
  private func initialWeights(_ run: TrainingRun, _ options: TrainOptions) throws -> InitialWeightsReport? {
    let report: InitialWeightsReport?
    if let resume = options.resume {
      report = try InitialWeightsReport.read(inFolder: resume)
    } else {
      report = try options.initialWeights.map {
        try InitialWeights(contentsOf: $0).load(into: run.state, labels: request.labels)
      }
      for note in report?.notes ?? [] { context.event(.warning(note)) }
    }
    try InitialWeightsReport.write(report, toFolder: request.folder)
    return report
  }

  private func folder(
    _ model: TrainedModel, _ data: TrainingData, _ initial: InitialWeightsReport?, resume: String?,
    _ library: TorchLibrary
  ) -> TrainingFolder {
    let request = request
    var identity = [
      "architecture": "\(model.architecture.name) \(model.card.version)", "data": request.data.digest.hex,
      "labels": request.labels.joined(separator: ", "), "task": request.task.rawValue,
    ]
    for (name, value) in model.architecture.options { identity["architecture.\(name)"] = value.description }
    let version = library.version
    return TrainingFolder(request.folder, resume: resume, identity: identity) { weights, options in
      try Checkpoint(
        architecture: model.architecture, architectureVersion: model.card.version, inputShape: data.inputShape,
        labels: request.labels, preprocessing: request.preprocessing, task: request.task,
        trainer: IngredientChoice(SupervisedTrainer.self, SupervisedTrainer.Options(options)),
        seed: options.seedBits, threads: options.threads ?? 1, data: request.data.digest,
        initialWeights: initial?.digest, libTorchVersion: version, weights: weights
      ).safetensors()
    }
  }

  private func train(_ run: TrainingRun, _ data: TrainingData, _ folder: TrainingFolder) throws -> TrainingOutcome {
    let context = context
    let callbacks = TrainingCallbacks(
      onStep: { report in
        context.event(.step(report))
        return .proceed
      },
      onEpoch: { report in
        context.event(.epoch(report))
        return .proceed
      }, onEvent: { context.event($0) }, isCancelled: { context.isCancelled })
    do {
      return try run.train(on: data, in: folder, callbacks: callbacks)
    } catch let error as GalleyError where error.exitCode == .interrupted {
      throw CancellationError()
    }
  }

  private func result(
    _ outcome: TrainingOutcome, _ run: TrainingRun, _ folder: TrainingFolder, _ initial: InitialWeightsReport?,
    itemCount: Int
  ) throws -> VerbResult {
    var files = [
      "checkpoint": try VerbResult.ProducedFile(writtenAt: folder.best),
      "last": try VerbResult.ProducedFile(writtenAt: folder.last),
      "history": try VerbResult.ProducedFile(writtenAt: folder.history),
    ]
    for log in TrainingLogFiles.files(in: folder.path) {
      files[log.logger] = try VerbResult.ProducedFile(writtenAt: "\(folder.path)/\(log.name)")
    }
    if let smallest = outcome.smallestBatch {
      let path = "\(folder.path)/smallest-batch.json"
      try AtomicFile.write(Data(CheckpointMetadata.json(smallest).utf8), to: path)
      files["smallestBatch"] = try VerbResult.ProducedFile(writtenAt: path)
    }
    if initial != nil {
      files["initialWeights"] = try VerbResult.ProducedFile(
        writtenAt: "\(folder.path)/\(InitialWeightsReport.fileName)")
    }
    var figures = outcome.best.metrics
    figures["loss"] = outcome.best.validationLoss
    figures["trainingLoss"] = outcome.best.trainingLoss
    figures["bestEpoch"] = Double(outcome.best.epoch)
    figures["bestStep"] = Double(outcome.best.step)
    figures["steps"] = Double(outcome.steps)
    figures["parameters"] = Double(try run.state.parameterCount)
    figures["peakMemoryBytes"] = ProcessMemory.peak().map(Double.init)
    let failed = outcome.failedItems.count
    var notes = outcome.planned.map { "\($0.option) is \($0.value): \($0.reason)." }
    notes.append("Training ended by \(outcome.end.words).")
    return VerbResult(
      status: failed == 0 ? .succeeded : .partial, files: files, figures: figures,
      itemCounts: VerbResult.ItemCounts(ok: itemCount - failed, failed: failed),
      tools: ["libtorch": run.library.version],
      notes: notes + (initial?.notes ?? []))
  }
}

extension TrainingEnd {
  /// The end in words that follow "by".
  fileprivate var words: String {
    switch self {
    case .epochs: "its number of epochs"
    case .steps: "its number of steps"
    case .time: "its time limit"
    case .patience: "its patience: nothing got better any more"
    case .callback: "the program's wish"
    }
  }
}

/// The network of a request.
struct TrainedModel {
  let architecture: IngredientChoice
  let card: Card
  let made: any TorchArchitecture
  /// The file whose weights it has; `nil` for fresh ones.
  let checkpoint: String?

  init(_ model: ModelReference) throws {
    let choice: IngredientChoice
    switch model {
    case .architecture(let given): (choice, checkpoint) = (given, nil)
    case .checkpoint(let path): (choice, checkpoint) = (try Checkpoint(contentsOf: path).architecture, path)
    case .file(let file, _):
      throw GalleyError(
        .configuration, "can't train the model", at: file.path, why: "a \(file.format.rawValue) file can't be trained",
        remedy: "Give an architecture or a checkpoint of Galley's.")
    }
    let found = try TorchHost.architecture(choice)
    card = found.card
    made = found.made
    architecture = found.complete.withoutSlots(of: found.card)
  }
}

extension IngredientChoice {
  /// The options that make the network what it is; what fills the ingredient's slots, as the weights that training
  /// began with, is told elsewhere.
  func withoutSlots(of card: Card) -> IngredientChoice {
    IngredientChoice(name, options: options.filter { card.option($0.key)?.kind.isSlot != true })
  }
}
