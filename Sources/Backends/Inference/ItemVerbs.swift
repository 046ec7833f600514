// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
internal import Files
internal import Metrics

/// The verbs that look at items one by one, `validate`, `test` and `predict`, over any scorer: what every backend's
/// inference has in common.
public struct ItemVerbs {
  private let request: VerbRequest
  private let tools: [String: String]
  private let events: EventSink
  private let isCancelled: () -> Bool

  /// Takes a request.
  /// - Parameters:
  ///   - tools: Versions of what does the work, by name.
  ///   - isCancelled: Asked between items.
  public init(
    _ request: VerbRequest, tools: [String: String], events: EventSink, isCancelled: @escaping () -> Bool = { false }
  ) {
    self.request = request
    self.tools = tools
    self.events = events
    self.isCancelled = isCancelled
  }

  /// Does the work.
  /// - Returns: the files "predictions" and, where items were judged, "evaluation"; the metrics as figures.
  /// - Throws: `GalleyError` if nothing could be done or no item could be judged; `CancellationError` once it was
  ///   stopped: what `predict` has answered by then is in its file, and the rest is marked as skipped.
  public func run(_ scorer: some ItemScorer) throws -> VerbResult {
    switch request.work {
    case .predict(let options): try predict(options, scorer)
    case .validate(let options): try judge(.validation, options, scorer)
    case .test(let options): try judge(.test, options, scorer)
    case .train, .export, .bench:
      throw GalleyError(
        .software, "can't \(request.work.verb.rawValue) by looking at items",
        why: "this verb isn't one of validate, test, predict")
    }
  }

  private func predict(_ options: PredictOptions, _ scorer: some ItemScorer) throws -> VerbResult {
    try refuse(options.topK != 1, in: .multiLabelClassification, "topK", "the threshold chooses classes")
    try refuse(options.threshold != 0.5, in: .classification, "threshold", "topK says how many classes are named")
    let items = try InferenceItems(request.data, .unassigned, labels: request.labels, task: request.task)
    let inference = ItemInference(
      items, preprocessing: request.preprocessing, labels: request.labels, task: request.task,
      settings: ItemInference.Settings(
        batchSize: options.batchSize, workers: options.workers, topK: options.topK, threshold: options.threshold))
    let file = try PredictionFile(
      in: request.folder, options.format, labels: request.labels,
      topK: request.task == .classification ? options.topK : nil, hasTruth: false)
    events.send(.started(.predict, total: inference.count, unit: "items"))
    let summary = try inference.run(scorer, isCancelled: isCancelled) { outcome in
      try file.append(outcome)
      events.send(.item(outcome.result))
    }
    let produced = try file.finish()
    guard !summary.wasCancelled else { throw CancellationError() }
    return VerbResult(
      status: summary.status, files: ["predictions": produced], itemCounts: summary.counts, tools: tools)
  }

  private func judge(_ subset: Subset, _ options: EvaluateOptions, _ scorer: some ItemScorer) throws -> VerbResult {
    try refuse(options.threshold != 0.5, in: .classification, "threshold", "the most probable class is the answer")
    let wanted = try options.chosenMetrics(request.task, labels: request.labels)
    let items = try InferenceItems(request.data, .subset(subset), labels: request.labels, task: request.task)
    let inference = ItemInference(
      items, preprocessing: request.preprocessing, labels: request.labels, task: request.task,
      settings: ItemInference.Settings(
        batchSize: options.batchSize, workers: options.workers, threshold: options.threshold,
        limitBatches: options.limitBatches))
    var evaluation = try ClassificationEvaluation(
      labels: request.labels, task: request.task == .classification ? .multiClass : .multiLabel,
      options: options.evaluation)
    let file = try PredictionFile(
      in: request.folder, .jsonLines, labels: request.labels, topK: request.task == .classification ? 1 : nil,
      hasTruth: true)
    var missing: [ItemResult] = []
    events.send(.started(request.work.verb, total: inference.count, unit: "items"))
    let summary = try inference.run(scorer, isCancelled: isCancelled) { outcome in
      if case .ok(let answer) = outcome.result.outcome {
        try evaluation.add(outcome, answer)
      } else {
        missing.append(outcome.result)
      }
      try file.append(outcome)
      events.send(.item(outcome.result))
    }
    guard !summary.wasCancelled else { throw CancellationError() }
    let predictions = try file.finish()
    guard summary.counts.ok > 0 else { throw nothingJudged(subset, summary, missing) }
    var report = try evaluation.report()
    if let wanted { report.metrics = report.metrics.filter { wanted.contains($0.metric) } }
    let notes = Self.notes(summary, options, of: items.count)
    let written = try EvaluationFile(
      verb: request.work.verb, subset: subset, model: request.model.summary, data: request.data.digest,
      labels: request.labels, itemCounts: summary.counts, report: report, missing: missing, notes: notes
    ).write(to: "\(request.folder)/evaluation.json")
    var figures: [String: Double] = [:]
    for row in report.metrics {
      guard let value = row.value else { continue }
      figures[row.metric.name] = value
      events.send(.metric(name: row.metric.name, value: value, step: nil))
    }
    return VerbResult(
      status: summary.status, files: ["evaluation": written, "predictions": predictions], figures: figures,
      itemCounts: summary.counts, tools: tools, notes: notes)
  }

  private static func notes(
    _ summary: ItemInference.Summary, _ options: EvaluateOptions, of count: Int
  ) -> [String] {
    var notes: [String] = []
    if summary.leftOut > 0 {
      notes.append("Only the first \(count - summary.leftOut) of \(count) items were judged, as limitBatches says.")
    }
    if summary.counts.failed + summary.counts.skipped > 0 {
      notes.append(
        "\(summary.counts.failed) items failed and \(summary.counts.skipped) were skipped; the figures rest on the "
          + "\(summary.counts.ok) others.")
    }
    return notes
  }

  private func nothingJudged(
    _ subset: Subset, _ summary: ItemInference.Summary, _ missing: [ItemResult]
  ) -> GalleyError {
    let first = missing.first.map { result in
      switch result.outcome {
      case .ok: ""
      case .failed(let stage, let reason): "; '\(result.id)' failed at \(stage.rawValue): \(reason)"
      case .skipped(let reason): "; '\(result.id)' was skipped: \(reason)"
      }
    }
    return GalleyError(
      .badData, "can't judge the model", at: request.data.path,
      why: "none of \(missing.count) items of '\(subset.rawValue)' was answered\(first ?? "")")
  }

  /// An option that means something for another task only must not be given.
  private func refuse(_ isGiven: Bool, in task: EngineTask, _ option: String, _ why: String) throws(GalleyError) {
    guard isGiven, request.task == task else { return }
    throw GalleyError(
      .configuration, "can't \(request.work.verb.rawValue)", at: option,
      why: "it has no meaning for \(task.rawValue): \(why)", remedy: "Leave \(option) out.")
  }
}

extension ItemInference.Summary {
  /// How work with these items ended.
  var status: RunStatus { counts.failed + counts.skipped == 0 ? .succeeded : .partial }
}

extension EvaluateOptions {
  /// How the answers are judged.
  var evaluation: EvaluationOptions {
    EvaluationOptions(topK: [topK], threshold: threshold, resamples: resamples, seed: UInt64(clamping: seed))
  }

  /// The metrics that were asked for; `nil` for all.
  /// - Throws: `GalleyError` for one that doesn't exist or doesn't suit the task.
  func chosenMetrics(_ task: EngineTask, labels: [String]) throws(GalleyError) -> Set<ClassificationMetric>? {
    guard !metrics.isEmpty else { return nil }
    let known = try Self.metrics(task, labels: labels, topK: topK)
    var chosen: Set<ClassificationMetric> = []
    for name in metrics {
      let metric = try ClassificationMetric.named(name)
      guard known.contains(metric) else {
        throw GalleyError(
          .configuration, "can't choose the metric '\(name)'", at: "metrics",
          why: "it isn't computed for \(task.rawValue) with \(labels.count) classes and topK \(topK)",
          remedy: "These are: \(known.map(\.name).joined(separator: ", ")).")
      }
      chosen.insert(metric)
    }
    return chosen
  }

  /// The metrics of a task: those of a report on a single item.
  private static func metrics(
    _ task: EngineTask, labels: [String], topK: Int
  ) throws(GalleyError) -> [ClassificationMetric] {
    let isMultiLabel = task == .multiLabelClassification
    var probe = try ClassificationEvaluation(
      labels: labels, task: isMultiLabel ? .multiLabel : .multiClass,
      options: EvaluationOptions(topK: [topK], resamples: 0))
    let scores = labels.indices.map { $0 == 0 ? 1.0 : 0.0 }
    if isMultiLabel {
      try probe.add(id: "", truth: [0], scores: scores)
    } else {
      try probe.add(id: "", truth: 0, scores: scores)
    }
    return try probe.report().metrics.map(\.metric)
  }
}

extension ClassificationEvaluation {
  fileprivate mutating func add(
    _ outcome: ItemInference.Outcome, _ answer: ItemResult.Answer
  ) throws(GalleyError) {
    switch task {
    case .multiLabel: try add(id: outcome.result.id, truth: Set(outcome.truth), scores: answer.probabilities)
    case .multiClass:
      guard let truth = outcome.truth.first else { return }
      try add(id: outcome.result.id, truth: truth, scores: answer.probabilities)
    }
  }
}
