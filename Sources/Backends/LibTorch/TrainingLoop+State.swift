// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Tensors
internal import Torch

/// What is written, and read again.
extension TrainingLoop {
  /// Writes everything from which the run can go on.
  func saveState() throws {
    guard let folder else { return }
    position.batches = source.state
    try logs.flush()
    var gradients: [String: Tensor] = [:]
    if !course.beginsGroup(position.step) {
      for parameter in optimizer.parameters {
        gradients[parameter.name] = try parameter.tensor.gradient?.toTensor()
      }
    }
    var generators = ["cpu": try run.library.generatorState()]
    if device.device != .cpu { generators["cuda"] = try run.library.generatorState(of: device.device) }
    // The best weights of this very step are copied from the network already.
    let present = position.best?.step == position.step ? best?.tensors : nil
    let state = TrainingState(
      position: position, identity: try identity(folder), model: try present ?? run.state.safetensors().tensors,
      optimizer: try optimizer.state(), gradients: gradients,
      best: position.best == nil || present != nil ? nil : best?.tensors, generators: generators)
    try state.write(toFolder: folder.path)
  }

  /// Takes up a run where it was.
  func goOn(from saved: TrainingState, _ folder: TrainingFolder) throws {
    let origin = folder.resume ?? folder.path
    try saved.check(identity(folder), at: origin)
    position = saved.position
    try run.state.load(Safetensors(tensors: saved.model))
    try optimizer.load(saved.optimizer)
    for parameter in optimizer.parameters {
      guard let gradient = saved.gradients[parameter.name] else { continue }
      // The gradient of a sum of products is the other factor, exactly.
      let factor = try TorchTensor(gradient, in: run.library).moved(to: device.device)
      try (parameter.tensor * factor).sum().backward()
    }
    if position.best != nil { best = Safetensors(tensors: saved.best ?? saved.model) }
    if let state = saved.generators["cpu"] { try run.library.setGeneratorState(state) }
    if device.device != .cpu, let state = saved.generators["cuda"] {
      try run.library.setGeneratorState(state, of: device.device)
    }
    if origin != folder.path { try takeOver(from: origin, folder) }
    if let best { try folder.write(best.tensors, options, to: folder.best) }
    // Last of all: a run that is killed before it has written a state of its own can then go on from its folder too.
    if origin != folder.path { try TrainingState.copy(fromFolder: origin, to: folder.path) }
  }

  /// Copies what the interrupted run has written already and this one goes on with.
  private func takeOver(from origin: String, _ folder: TrainingFolder) throws {
    let before = TrainingFolder(origin)
    for epoch in stride(from: options.checkpointEvery ?? .max, through: course.epochs, by: options.checkpointEvery ?? 1)
    where FileManager.default.fileExists(atPath: before.periodic(epoch))
      && epoch * course.stepsPerEpoch <= position.step
    {
      try AtomicFile.copy(before.periodic(epoch), to: folder.periodic(epoch))
    }
    for log in TrainingLogFiles.files(in: origin) {
      try AtomicFile.copy("\(origin)/\(log.name)", to: "\(folder.path)/\(log.name)")
    }
  }

  /// What makes this run the one it is; runs that differ in it can't go on from one another.
  private func identity(_ folder: TrainingFolder) throws -> [String: String] {
    var identity = folder.identity
    identity["libtorch"] = run.library.version
    // What changes how long a run takes or what it tells, but no weight.
    let free: Set = [
      "resume", "initialWeights", "workers", "maxSeconds", "memoryBudget", "smallestBatch", "loggers",
    ]
    for (name, value) in try options.values() where !free.contains(name) {
      identity[name] = value.description
    }
    return identity
  }

  /// Writes the present weights.
  func saveCheckpoint(_ kind: CheckpointReport.Kind, _ weights: Safetensors, epoch: Int) throws {
    guard let folder else { return }
    let path =
      switch kind {
      case .best: folder.best
      case .last: folder.last
      case .periodic: folder.periodic(epoch)
      }
    try folder.write(weights.tensors, options, to: path)
    try callbacks.onEvent(
      .checkpoint(CheckpointReport(kind: kind, path: path, epoch: epoch, step: position.step)))
  }

  /// Ends the run and gives what was reached.
  func finish(_ end: TrainingEnd) throws -> TrainingOutcome {
    guard let report = position.best, let best else {
      throw GalleyError(.software, "can't end the training", why: "no weights were kept")
    }
    let last = try run.state.safetensors()
    let wasOver = position.end != nil
    position.end = end
    if let folder {
      if !wasOver { try saveState() }
      try saveCheckpoint(.last, last, epoch: course.epoch(of: max(0, position.step - 1)) + 1)
      try folder.write(position.reports, to: folder.history)
    }
    if !position.failedItems.isEmpty {
      try callbacks.onEvent(
        .warning(
          "Items that can't be loaded were left out (\(position.failedItems.count)), such as "
            + position.failedItems.prefix(3).joined(separator: ", ")))
    }
    return TrainingOutcome(
      best: report, epochs: position.reports, weights: best, lastWeights: last, steps: position.step, end: end,
      options: options, planned: planned, failedItems: position.failedItems, smallestBatch: nil)
  }
}
