// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// The items of an evaluation in the order of their ids, with everything that doesn't change when they are resampled.
struct EvaluatedItems {
  let count: Int
  let classCount: Int
  let task: ClassificationTask
  let options: EvaluationOptions
  let truth: [Int]
  let answers: [Int]
  /// Items × classes; `nil` unless all items have scores.
  let scores: [Double]?
  /// The scores' order for each class that decides; with two classes that is the second.
  let ranked: [RankedScores]
  let losses: ItemLosses?
  /// How many classes have a higher score than the true one.
  let ranksOfTruth: [Int]

  /// - Parameter needsRanks: whether what depends on the scores' order is asked for; it is dear with many classes.
  init(_ evaluation: ClassificationEvaluation, needsRanks: Bool = true) {
    let order = evaluation.ids.indices.sorted { evaluation.ids[$0] < evaluation.ids[$1] }
    (count, classCount) = (order.count, evaluation.labels.count)
    (task, options) = (evaluation.task, evaluation.options)
    let width = classCount
    let rows = { (place: Int) in place * width..<(place + 1) * width }
    if task == .multiClass {
      truth = order.map { evaluation.truth[$0] }
      answers = order.map { evaluation.answers[$0] }
    } else {
      truth = order.flatMap { evaluation.truth[rows($0)] }
      answers = order.flatMap { evaluation.answers[rows($0)] }
    }
    guard evaluation.scoredCount == order.count else {
      (scores, ranked, losses, ranksOfTruth) = (nil, [], nil, [])
      return
    }
    let scores = order.flatMap { evaluation.scores[rows($0)] }
    self.scores = scores
    ranked = needsRanks ? Self.rank(scores, truth, task, width) : []
    ranksOfTruth = task == .multiClass ? Self.ranks(scores, truth, width) : []
    guard options.scores == .probabilities else {
      losses = nil
      return
    }
    losses =
      task == .multiClass
      ? ItemLosses(
        classes: truth, answers: answers, scores: scores, classCount: width, binCount: options.calibrationBins)
      : ItemLosses(labels: truth, scores: scores, classCount: width, binCount: options.calibrationBins)
  }

  private static func rank(
    _ scores: [Double], _ truth: [Int], _ task: ClassificationTask, _ width: Int
  ) -> [RankedScores] {
    (0..<width).map { index in
      let column = stride(from: index, to: scores.count, by: width).map { scores[$0] }
      let isPositive =
        task == .multiClass
        ? truth.map { $0 == index } : stride(from: index, to: truth.count, by: width).map { truth[$0] == 1 }
      return RankedScores(column, isPositive: isPositive)
    }
  }

  private static func ranks(_ scores: [Double], _ truth: [Int], _ width: Int) -> [Int] {
    truth.indices.map { item in
      let own = scores[item * width + truth[item]]
      return (0..<width).count {
        let other = scores[item * width + $0]
        return other > own || (other == own && $0 > truth[item])
      }
    }
  }

  /// The items' counts by true and answered class; `nil` in multi-label tasks.
  var confusion: [[Int]]? {
    guard task == .multiClass else { return nil }
    var confusion = [[Int]](repeating: [Int](repeating: 0, count: classCount), count: classCount)
    for (truth, answer) in zip(truth, answers) { confusion[truth][answer] += 1 }
    return confusion
  }

  /// The classes' counts where item i counts `weights[i]` times.
  func counts(_ weights: [Int]) -> ClassCounts {
    var counts = ClassCounts(classCount: classCount)
    for item in 0..<count {
      let weight = weights[item]
      if weight == 0 { continue }
      if task == .multiClass {
        counts.support[truth[item]] += weight
        counts.answered[answers[item]] += weight
        if truth[item] == answers[item] { counts.hits[truth[item]] += weight }
        continue
      }
      for index in 0..<classCount {
        let (isTrue, isAnswered) = (truth[item * classCount + index], answers[item * classCount + index])
        counts.support[index] += weight * isTrue
        counts.answered[index] += weight * isAnswered
        counts.hits[index] += weight * isTrue * isAnswered
      }
    }
    return counts
  }

  /// How many items are answered right where item i counts `weights[i]` times.
  func correct(_ weights: [Int]) -> Int {
    if task == .multiClass { return (0..<count).reduce(0) { $0 + (truth[$1] == answers[$1] ? weights[$1] : 0) } }
    return (0..<count).reduce(0) { sum, item in
      let row = item * classCount..<(item + 1) * classCount
      return sum + (truth[row] == answers[row] ? weights[item] : 0)
    }
  }
}
