// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
public import TargetProtocol

internal import Measuring
internal import Tensors

/// Called between batches with the items done and all items; it may throw to stop the work.
public typealias Checkpoint = @Sendable (_ done: Int, _ total: Int) throws -> Void

extension AgentService {
  /// Answers items: preprocessing, inference, and the class with the highest score, each timed apart.
  /// - Throws: `GalleyError` if nothing is loaded, the output isn't one float32 score for each label, or a score is NaN.
  public func predict(_ parameters: PredictParameters, _ checkpoint: Checkpoint = { _, _ in }) throws -> PredictResult {
    let (source, items, model) = (try requireSource(), try requireJudged(), try requireModel())
    try requireScores(model, items)
    let count = min(items.ids.count, max(parameters.limit ?? items.ids.count, 0))
    var pass = PredictionPass(items, try InputFeed(source, model), model, count: count)
    var nextCheck = 0
    while pass.done < count {
      if pass.done >= nextCheck {
        try checkpoint(pass.done, count)
        nextCheck = pass.done + 256
      }
      try pass.answerBatch()
    }
    try checkpoint(count, count)
    return pass.result
  }

  private func requireScores(_ model: LoadedModel, _ items: JudgedItems) throws(GalleyError) {
    guard let output = model.compiled.outputs.first?.tensor, output.elementType == .float32, output.shape.count >= 2,
      (output.shape.dropFirst().compactMap { $0 }.reduce(1, *)) == items.labels.count
    else {
      let found = model.compiled.outputs.first?.kind.summary
      throw GalleyError(
        .badData, "can't take the model's answers", at: model.file.path,
        why:
          "its first output is \(found ?? "missing"), not one float32 score for each of \(items.labels.count) labels"
      )
    }
  }
}

/// One pass over the items in their order, a batch at a time.
private struct PredictionPass {
  private let items: JudgedItems
  private let feed: InputFeed
  private let model: LoadedModel
  private let count: Int
  private var answers: [Int] = []
  /// The durations of each batch in nanoseconds.
  private var preprocessing: [UInt64] = []
  private var decoding: [UInt64] = []
  private var inference: [UInt64] = []
  private var postprocessing: [UInt64] = []
  private var endToEnd: [UInt64] = []
  private(set) var done = 0

  init(_ items: JudgedItems, _ feed: InputFeed, _ model: LoadedModel, count: Int) {
    (self.items, self.feed) = (items, feed)
    self.model = model
    self.count = count
    answers.reserveCapacity(count)
    let batches = (count + model.batch - 1) / model.batch
    preprocessing.reserveCapacity(batches)
    if case .images = feed { decoding.reserveCapacity(batches) }
    inference.reserveCapacity(batches)
    postprocessing.reserveCapacity(batches)
    endToEnd.reserveCapacity(batches)
  }

  /// Answers the next items; the last batch may be padded with items of the one before.
  mutating func answerBatch() throws {
    let end = min(done + model.batch, count)
    let start = MonotonicClock.nanoseconds
    let decoded = try feed.fill(model.session, with: done..<end)
    let filled = MonotonicClock.nanoseconds
    try model.session.run()
    let ran = MonotonicClock.nanoseconds
    try takeAnswers(end - done)
    let finished = MonotonicClock.nanoseconds
    preprocessing.append(filled &- start)
    if let decoded { decoding.append(decoded) }
    inference.append(ran &- filled)
    postprocessing.append(finished &- ran)
    endToEnd.append(finished &- start)
    done = end
  }

  private mutating func takeAnswers(_ count: Int) throws {
    let classes = items.labels.count
    try model.session.withOutput(0) { bytes, _ in
      let scores = bytes.assumingMemoryBound(to: Float.self)
      guard scores.count >= count * classes else {
        throw GalleyError(
          .badData, "can't take the model's answers", at: model.file.path,
          why: "it gave \(scores.count) scores for \(count) items of \(classes) classes")
      }
      for item in 0..<count {
        let first = item * classes
        var best = 0
        var sum: Float = 0
        for index in 0..<classes {
          sum += scores[first + index]
          if scores[first + index] > scores[first + best] { best = index }
        }
        guard !sum.isNaN else { throw notANumber(done + item) }
        answers.append(best)
      }
    }
  }

  private func notANumber(_ position: Int) -> GalleyError {
    GalleyError(
      .badData, "can't take the model's answers", at: model.file.path,
      why: "the scores of item '\(items.ids[position])' are not numbers")
  }

  var result: PredictResult {
    PredictResult(
      predictions: Predictions(
        ids: Array(items.ids.prefix(count)), truth: Array(items.classes.prefix(count)), answers: answers),
      preprocessing: DurationList(preprocessing), decoding: decoding.isEmpty ? nil : DurationList(decoding),
      inference: DurationList(inference),
      postprocessing: DurationList(postprocessing), endToEnd: DurationList(endToEnd))
  }
}
