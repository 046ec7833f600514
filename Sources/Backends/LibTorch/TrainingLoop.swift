// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors
internal import Torch

/// The steps of one training run, from where it begins or goes on to its end.
final class TrainingLoop {
  let run: TrainingRun
  let options: TrainOptions
  let planned: [PlannedValue]
  let data: TrainingData
  let folder: TrainingFolder?
  let callbacks: TrainingCallbacks
  let device: TrainingDevice
  let course: TrainingCourse
  let selection: SelectionMetric
  let optimizer: any Optimizer
  let validation: ValidationSource?
  let evaluation: ClassifierEvaluation
  private let loss: TrainingLoss
  private let frozen: [StateTensor]
  var source: any TrainingBatchSource
  var logs: TrainingLogFiles
  var position = TrainingPosition()
  /// The best weights; `nil` before the first.
  var best: Safetensors?
  private var start = ContinuousClock.now
  private var secondsBefore = 0.0

  init(
    _ run: TrainingRun, _ options: TrainOptions, _ planned: [PlannedValue], _ data: TrainingData,
    _ folder: TrainingFolder?, _ callbacks: TrainingCallbacks
  ) throws {
    (self.run, self.options, self.planned, self.data) = (run, options, planned, data)
    (self.folder, self.callbacks) = (folder, callbacks)
    device = try TrainingDevice(options, in: run.library)
    selection = try SelectionMetric(options.metric, task: data.task)
    frozen = try options.frozen(run.state.parameters)
    try device.take(run.state)
    optimizer = try options.makeOptimizer(run.state.parameters)
    loss = try TrainingLoss(options, data, on: device.device, in: run.library)
    let saved = try folder?.resume.map { try TrainingState(inFolder: $0) }
    let batchSize = options.batchSize ?? 32
    source = try Self.source(data, options, batchSize: batchSize, saved?.position.batches)
    course = TrainingCourse(options, batches: source.stepsPerEpoch)
    // Without gradients a pass needs little memory; small inputs are quicker together.
    let elements = max(1, data.inputShape.reduce(1, *))
    let evaluationSize = options.smallestBatch ? batchSize : max(batchSize, min(256, (1 << 22) / elements))
    validation = try ValidationSource(data.validation, data, options, batchSize: evaluationSize)
    evaluation = ClassifierEvaluation(run.module, in: run.library, on: device.device, batchSize: evaluationSize)
    logs = TrainingLogFiles(options.loggers, folder: folder?.path)
    if let saved, let folder { try goOn(from: saved, folder) }
    if options.precision == .fp16, position.scaler == nil { position.scaler = LossScaler() }
    secondsBefore = position.seconds
  }

  private static func source(
    _ data: TrainingData, _ options: TrainOptions, batchSize: Int, _ state: MemoryBatches.State?
  ) throws -> any TrainingBatchSource {
    switch data.training {
    case .memory(let items):
      guard [.none, .shift].contains(options.augmentation), options.mixup == 0 else {
        throw GalleyError(
          .configuration, "can't vary the items", at: options.mixup == 0 ? "augmentation" : "mixup",
          why: "they are not images of whole numbers", remedy: "Choose the augmentation none or shift, and no mixup.")
      }
      return MemoryBatches(
        items, batchSize: batchSize, shift: options.augmentation == .shift ? options.shift : 0,
        seed: options.seedBits, from: state)
    case .images(let items, let preprocessing):
      return try LoadedBatches(
        items, preprocessing, options, batchSize: batchSize, classCount: data.labels.count, task: data.task)
    }
  }

  /// Trains to the end.
  func train() throws -> TrainingOutcome {
    if let end = position.end { return try finish(end) }
    try callbacks.onEvent(.started(.train, total: course.total, unit: "steps"))
    if folder?.resume == nil { try saveState() }
    (start, secondsBefore) = (.now, position.seconds)
    try logs.open(done: position.step)
    var isWithinEpoch = false
    while true {
      try checkCancellation()
      if !isWithinEpoch { try beginEpoch() }
      let wantsStop = try makeStep() == .stop
      if let end = try afterStep(wantsStop: wantsStop) { return try finish(end) }
      isWithinEpoch = position.step % course.stepsPerEpoch != 0
    }
  }

  /// Begins the present step's epoch, or goes on within it.
  private func beginEpoch() throws {
    let epoch = course.epoch(of: position.step)
    let isFrozen = options.unfreezeAtEpoch.map { epoch + 1 < $0 } ?? true
    for parameter in frozen {
      try parameter.tensor.setRequiresGradient(!isFrozen)
      if isFrozen { try parameter.tensor.clearGradient() }
    }
    source.begin(epoch: epoch, from: position.step % course.stepsPerEpoch)
  }

  /// Makes one step and tells of it.
  private func makeStep() throws -> TrainingDecision {
    optimizer.learningRate = course.learningRate(of: position.step)
    guard let batch = try source.next() else {
      throw GalleyError(.software, "can't train", why: "an epoch has fewer batches than it should")
    }
    try note(batch.failures)
    let isStart = course.beginsGroup(position.step)
    if isStart { try optimizer.clearGradients() }
    // A single item has no variance to normalise by; items that can't be loaded may leave one or none.
    let isUsable = batch.count > 1 || (batch.count == 1 && batch.failures.isEmpty)
    let loss = isUsable ? try learn(batch) : nil
    if course.changesWeights(after: position.step) { try changeWeights() }
    position.step += 1
    position.learningRate = optimizer.learningRate
    position.seconds = secondsBefore + (ContinuousClock.now - start).seconds
    guard let loss else { return .proceed }
    position.lossSum += loss * Double(batch.count)
    position.lossItems += batch.count
    let report = StepReport(
      epoch: course.epoch(of: position.step - 1) + 1, step: position.step, total: course.total, loss: loss,
      learningRate: optimizer.learningRate)
    try logs.write(report)
    return try callbacks.onStep(report)
  }

  /// Adds a batch's gradients up, and gives its loss.
  private func learn(_ batch: StepBatch) throws -> Double {
    let inputs = try TorchTensor(batch.inputs, in: run.library).moved(to: device.device)
    let loss = try loss(device.forward { try run.module(inputs, .training) }, batch)
    let value = try loss.item()
    // Weights that a loss without a value would spoil stay as they are.
    guard value.isFinite else { throw try diverged(batch) }
    let size = course.groupSize(of: position.step)
    let share = size == 1 ? loss : try loss * (1 / Double(size))
    try (position.scaler?.scaled(share) ?? share).backward()
    return value
  }

  private func changeWeights() throws {
    if try position.scaler?.unscale(optimizer.parameters) == false { return }
    for clipping in options.clipping { try clipping.apply(to: optimizer.parameters) }
    try optimizer.step()
  }

  private func checkCancellation() throws {
    guard callbacks.isCancelled() else { return }
    try saveState()
    if let folder {
      try folder.write(run.state.safetensors().tensors, options, to: folder.last)
      try folder.write(position.reports, to: folder.history)
    }
    throw GalleyError(
      .interrupted, "training was stopped",
      at: "epoch \(course.epoch(of: position.step) + 1) of \(course.epochs)", why: "it was asked to",
      remedy: folder.map { "Train with resume \($0.path) to go on." })
  }
}

extension Duration {
  /// The duration in seconds.
  fileprivate var seconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
