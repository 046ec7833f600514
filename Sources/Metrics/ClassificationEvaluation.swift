// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Judges a classifier: it is fed with items in any order and any number of pieces, and then gives a report.
///
/// ```swift
/// var evaluation = try ClassificationEvaluation(labels: ["cat", "dog", "hen"])
/// try evaluation.add(id: "a.jpg", truth: 2, scores: [0.1, 0.2, 0.7])
/// let report = try evaluation.report()
/// let accuracy = report[.accuracy]
/// ```
///
/// The same items give the same report, bit by bit, in whatever order they came. Eight bytes are kept for every score.
public struct ClassificationEvaluation: Sendable {
  /// The classes' names; a class is an index into them.
  public let labels: [String]
  /// One class or many labels for each item.
  public let task: ClassificationTask
  /// How the answers are judged.
  public let options: EvaluationOptions

  var ids: [String] = []
  var places: [String: Int] = [:]
  /// In multi-class tasks the class of each item; in multi-label tasks for each item a 0 or 1 for each label.
  var truth: [Int] = []
  var answers: [Int] = []
  var scores: [Double] = []
  var scoredCount = 0

  /// Number of items so far.
  public var itemCount: Int { ids.count }

  /// Begins an evaluation.
  /// - Throws: `GalleyError` if there are no labels, one occurs twice, or an option is out of bounds.
  public init(
    labels: [String], task: ClassificationTask = .multiClass, options: EvaluationOptions = EvaluationOptions()
  ) throws(GalleyError) {
    self.labels = labels
    self.task = task
    self.options = options
    guard !labels.isEmpty, Set(labels).count == labels.count else {
      throw Self.refusal("\(labels.count) labels, of which \(Set(labels).count) differ")
    }
    guard options.level > 0, options.level < 1, options.calibrationBins > 0, options.resamples >= 0,
      options.threshold.isFinite, options.topK.allSatisfy({ $0 > 0 })
    else {
      throw Self.refusal(
        "the level must lie between 0 and 1, top-k and the number of bins be at least 1, the resamples at least 0")
    }
  }

  /// Adds an item of a multi-class task; the answer is the class with the highest score, the first of equal ones.
  /// - Parameter scores: one score for each class.
  /// - Throws: `GalleyError` that names the item if a score is not what the options say, the class is none of the
  ///   labels', or the item came before. Nothing is added then.
  public mutating func add(id: String, truth: Int, scores: [Double]) throws(GalleyError) {
    try check(id, task: .multiClass)
    try check(id, scores)
    try check(id, classIndex: truth)
    append(id, scores)
    self.truth.append(truth)
    var best = 0
    for index in scores.indices where scores[index] > scores[best] { best = index }
    answers.append(best)
  }

  /// Adds an item of a multi-class task.
  public mutating func add(id: String, truth: Int, scores: [Float]) throws(GalleyError) {
    try add(id: id, truth: truth, scores: scores.map(Double.init))
  }

  /// Adds an item of a multi-class task of which only the answer is known; what needs scores isn't computed then.
  /// - Throws: `GalleyError` that names the item.
  public mutating func add(id: String, truth: Int, answer: Int) throws(GalleyError) {
    try check(id, task: .multiClass)
    try check(id, classIndex: truth)
    try check(id, classIndex: answer)
    append(id, nil)
    self.truth.append(truth)
    answers.append(answer)
  }

  /// Adds an item of a multi-label task; the labels with a score of at least the threshold are answered.
  /// - Parameters:
  ///   - truth: the labels that the item has, none too.
  ///   - scores: one score for each label.
  /// - Throws: `GalleyError` that names the item.
  public mutating func add(id: String, truth: Set<Int>, scores: [Double]) throws(GalleyError) {
    try check(id, task: .multiLabel)
    try check(id, scores)
    for label in truth.sorted() { try check(id, classIndex: label) }
    append(id, scores)
    self.truth += labels.indices.map { truth.contains($0) ? 1 : 0 }
    answers += scores.map { $0 >= options.threshold ? 1 : 0 }
  }

  /// Adds an item of a multi-label task.
  public mutating func add(id: String, truth: Set<Int>, scores: [Float]) throws(GalleyError) {
    try add(id: id, truth: truth, scores: scores.map(Double.init))
  }

  /// Adds an item of a multi-label task of which only the answered labels are known.
  /// - Throws: `GalleyError` that names the item.
  public mutating func add(id: String, truth: Set<Int>, answer: Set<Int>) throws(GalleyError) {
    try check(id, task: .multiLabel)
    for label in truth.union(answer).sorted() { try check(id, classIndex: label) }
    append(id, nil)
    self.truth += labels.indices.map { truth.contains($0) ? 1 : 0 }
    answers += labels.indices.map { answer.contains($0) ? 1 : 0 }
  }

  /// Adds a batch of a multi-class task.
  /// - Parameter scores: the items' scores one after the other: items × classes.
  /// - Throws: `GalleyError`; the items before the one that it names have been added.
  public mutating func add(ids: [String], truth: [Int], scores: [Float]) throws(GalleyError) {
    guard ids.count == truth.count, scores.count == ids.count * labels.count else {
      throw Self.refusal(
        "\(ids.count) items, \(truth.count) true classes and \(scores.count) scores of \(labels.count) classes")
    }
    for (index, id) in ids.enumerated() {
      let row = scores[index * labels.count..<(index + 1) * labels.count]
      try add(id: id, truth: truth[index], scores: row.map(Double.init))
    }
  }

  /// Adds a batch of a multi-label task.
  /// - Parameter scores: the items' scores one after the other: items × labels.
  /// - Throws: `GalleyError`; the items before the one that it names have been added.
  public mutating func add(ids: [String], truth: [Set<Int>], scores: [Float]) throws(GalleyError) {
    guard ids.count == truth.count, scores.count == ids.count * labels.count else {
      throw Self.refusal(
        "\(ids.count) items, \(truth.count) sets of labels and \(scores.count) scores of \(labels.count) labels")
    }
    for (index, id) in ids.enumerated() {
      let row = scores[index * labels.count..<(index + 1) * labels.count]
      try add(id: id, truth: truth[index], scores: row.map(Double.init))
    }
  }

  static func refusal(_ why: String, item: String? = nil, remedy: String? = nil) -> GalleyError {
    GalleyError(
      .badData, "can't judge the answers", at: item.map { "item '\($0)'" }, why: why, remedy: remedy)
  }
}

extension ClassificationEvaluation {
  private mutating func append(_ id: String, _ scores: [Double]?) {
    places[id] = ids.count
    ids.append(id)
    // Items without scores keep their place, so that those after them are found.
    self.scores += scores ?? [Double](repeating: .nan, count: labels.count)
    if scores != nil { scoredCount += 1 }
  }

  private func check(_ id: String, task: ClassificationTask) throws(GalleyError) {
    guard task == self.task else {
      throw Self.refusal("the evaluation is \(self.task.rawValue), but this truth is \(task.rawValue)", item: id)
    }
    guard places[id] == nil else { throw Self.refusal("it was judged before", item: id) }
  }

  private func check(_ id: String, classIndex: Int) throws(GalleyError) {
    guard labels.indices.contains(classIndex) else {
      throw Self.refusal("class \(classIndex) is not one of \(labels.count) labels", item: id)
    }
  }

  private func check(_ id: String, _ scores: [Double]) throws(GalleyError) {
    guard scores.count == labels.count else {
      throw Self.refusal("\(scores.count) scores for \(labels.count) labels", item: id)
    }
    if let index = scores.firstIndex(where: { !$0.isFinite }) {
      throw Self.refusal("the score of class '\(labels[index])' is \(scores[index])", item: id)
    }
    guard options.scores == .probabilities else { return }
    if let index = scores.firstIndex(where: { $0 < 0 || $0 > 1.0001 }) {
      throw Self.refusal(
        "the score of class '\(labels[index])' is \(scores[index]), which is no probability", item: id,
        remedy: "Apply softmax or sigmoid first, or say that the scores are unbounded.")
    }
    let sum = scores.reduce(0, +)
    guard task == .multiLabel || abs(sum - 1) <= 0.002 else {
      throw Self.refusal(
        "the probabilities' sum is \(sum), not 1", item: id,
        remedy: "Apply softmax first, or say that the scores are unbounded.")
    }
  }
}
