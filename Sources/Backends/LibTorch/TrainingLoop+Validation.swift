// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Tensors
internal import Torch

/// What happens between steps: reports, the best weights, the end.
extension TrainingLoop {
  /// Validates and reports where that is due; gives the reason why the run ends here, if it does.
  func afterStep(wantsStop: Bool) throws -> TrainingEnd? {
    let isOver = position.seconds >= options.maxSeconds ?? .infinity
    var end = wantsStop ? TrainingEnd.callback : isOver ? .time : nil
    let validates = course.validates(position.step) || end != nil
    guard validates || course.endsEpoch(position.step) else { return nil }
    let report = try report(validates: validates)
    let wantsStop = try callbacks.onEpoch(report) == .stop
    if end == nil {
      end =
        position.step == course.total
        ? (position.step < course.stepsPerEpoch * course.epochs ? .steps : .epochs)
        : hasStalled ? .patience : wantsStop ? .callback : nil
    }
    try saveState()
    return end
  }

  private var hasStalled: Bool {
    guard let patience = options.patience else { return false }
    return position.validationsWithoutGain >= patience
      && position.step / course.stepsPerEpoch >= options.minEpochs
  }

  private func report(validates: Bool) throws -> EpochReport {
    let epoch = course.epoch(of: position.step - 1) + 1
    if position.lossItems == 0, !position.failedItems.isEmpty, position.reports.isEmpty {
      throw GalleyError(
        .badData, "can't train",
        why: "no item of the batches could be loaded, such as "
          + position.failedItems.prefix(3).joined(separator: ", "),
        remedy: "Run `galley data check` on the data set.")
    }
    var report = EpochReport(
      epoch: epoch, step: position.step,
      trainingLoss: position.lossItems == 0 ? 0 : position.lossSum / Double(position.lossItems),
      validationLoss: nil, metrics: [:], learningRate: position.learningRate,
      seconds: position.seconds - position.reportedSeconds, isBest: false)
    if validates, let validation {
      let judgement = try evaluation.judge(
        validation, data, limit: options.fastDevRun ? 1 : options.limitValidationBatches, metrics: wantedMetrics)
      guard judgement.loss.isFinite else { throw diverged(epoch: epoch) }
      try note(judgement.failures)
      report.validationLoss = judgement.loss
      report.metrics = judgement.figures
    }
    position.reportedSeconds = position.seconds
    (position.lossSum, position.lossItems) = (0, 0)
    try judge(&report, isCandidate: validation == nil ? course.endsEpoch(position.step) || validates : validates)
    position.reports.append(report)
    try logs.write(report)
    if let every = options.checkpointEvery, course.endsEpoch(position.step), epoch % every == 0 {
      try saveCheckpoint(.periodic, run.state.safetensors(), epoch: epoch)
    }
    return report
  }

  private var wantedMetrics: [ClassificationMetric] {
    var metrics: [ClassificationMetric] = [.accuracy]
    if case .figure(let metric) = selection, metric != .accuracy { metrics.append(metric) }
    return metrics
  }

  /// Keeps the weights if they are the best, and counts validations that brought nothing.
  private func judge(_ report: inout EpochReport, isCandidate: Bool) throws {
    guard isCandidate else { return }
    report.isBest = position.best.map { validation == nil || selection.prefers(report, to: $0) } ?? true
    if validation != nil {
      let value = selection.value(report)
      let gains =
        position.figureToBeat.map { selection.isBetter(value, than: $0, margin: options.minImprovement) } ?? true
      if gains {
        position.figureToBeat = value.isNaN ? nil : value
        position.validationsWithoutGain = 0
      } else {
        position.validationsWithoutGain += 1
      }
    }
    guard report.isBest else { return }
    position.best = report
    let weights = try run.state.safetensors()
    best = weights
    try saveCheckpoint(.best, weights, epoch: report.epoch)
  }

  /// Remembers items that can't be loaded, and tells of each once.
  func note(_ failures: [ItemFailure]) throws {
    for failure in failures where !position.failedItems.contains(failure.id) {
      position.failedItems.append(failure.id)
      try callbacks.onEvent(
        .item(ItemResult(id: failure.id, .failed(stage: .load, reason: failure.error.description))))
    }
  }

  // MARK: Failures

  /// The error for a batch whose loss is no number; its ids are on disk.
  func diverged(_ batch: StepBatch) throws -> GalleyError {
    let epoch = course.epoch(of: position.step) + 1
    try folder.map { try $0.write(batch.ids, to: $0.diverged) }
    try logs.flush()
    let shown = batch.ids.prefix(20).joined(separator: ", ")
    let rest = batch.ids.count > 20 ? " and \(batch.ids.count - 20) more" : ""
    let place = folder.map { "; all are in \($0.diverged)" } ?? ""
    return GalleyError(
      .configuration, "training diverged", at: "epoch \(epoch) of \(course.epochs)",
      why: "the loss of step \(position.step + 1) is no longer a number (learning rate \(optimizer.learningRate)); its "
        + "items are \(shown)\(rest)\(batch.ids.count > 20 ? place : "")",
      remedy: "Use a smaller learning rate or clipNorm, and check that these items are finite."
        + (folder.map { " The state before is kept in \($0.path)." } ?? ""))
  }

  private func diverged(epoch: Int) -> GalleyError {
    GalleyError(
      .configuration, "training diverged", at: "epoch \(epoch) of \(course.epochs)",
      why: "the validation loss is no longer a number (learning rate \(optimizer.learningRate))",
      remedy: "Use a smaller learning rate, and check that the inputs are scaled and finite.")
  }
}
