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
    let (data, model) = (try requireData(), try requireModel())
    try requireScores(model, data)
    let count = min(data.items.count, max(parameters.limit ?? data.items.count, 0))
    var pass = PredictionPass(data, model, count: count)
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

  private func requireScores(_ model: LoadedModel, _ data: OpenedData) throws(GalleyError) {
    guard let output = model.outputs.first, output.elementType == .float32, output.shape.count >= 2,
      (output.shape.dropFirst().compactMap { $0 }.reduce(1, *)) == data.items.labels.count
    else {
      let found = model.outputs.first.map {
        "\($0.elementType) \($0.shape.map { $0.map(String.init) ?? "any" })"
      }
      throw GalleyError(
        .badData, "can't take the model's answers", at: model.file.path,
        why:
          "its first output is \(found ?? "missing"), not one float32 score for each of \(data.items.labels.count) labels"
      )
    }
  }
}

/// One pass over the items in their order, a batch at a time.
private struct PredictionPass {
  private let data: OpenedData
  private let model: LoadedModel
  private let count: Int
  private var filler: BatchFiller
  private var answers: [Int] = []
  /// The durations of each batch in nanoseconds.
  private var preprocessing: [UInt64] = []
  private var inference: [UInt64] = []
  private var postprocessing: [UInt64] = []
  private var endToEnd: [UInt64] = []
  private(set) var done = 0

  init(_ data: OpenedData, _ model: LoadedModel, count: Int) {
    self.data = data
    self.model = model
    self.count = count
    filler = BatchFiller(data, model)
    answers.reserveCapacity(count)
    let batches = (count + model.batch - 1) / model.batch
    preprocessing.reserveCapacity(batches)
    inference.reserveCapacity(batches)
    postprocessing.reserveCapacity(batches)
    endToEnd.reserveCapacity(batches)
  }

  /// Answers the next items; the last batch may be padded with items of the one before.
  mutating func answerBatch() throws {
    let end = min(done + model.batch, count)
    let start = MonotonicClock.nanoseconds
    try filler.fill(model.session, with: done..<end)
    let filled = MonotonicClock.nanoseconds
    try model.session.run()
    let ran = MonotonicClock.nanoseconds
    try takeAnswers(end - done)
    let finished = MonotonicClock.nanoseconds
    preprocessing.append(filled &- start)
    inference.append(ran &- filled)
    postprocessing.append(finished &- ran)
    endToEnd.append(finished &- start)
    done = end
  }

  private mutating func takeAnswers(_ count: Int) throws {
    let classes = data.items.labels.count
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
      why: "the scores of item '\(data.items.ids[position])' are not numbers")
  }

  var result: PredictResult {
    PredictResult(
      predictions: Predictions(
        ids: Array(data.items.ids.prefix(count)), truth: Array(data.items.classes.prefix(count)), answers: answers),
      preprocessing: DurationList(preprocessing), inference: DurationList(inference),
      postprocessing: DurationList(postprocessing), endToEnd: DurationList(endToEnd))
  }
}
