// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
internal import Statistics

extension ClassificationQuality {
  /// Judges a classifier's answers.
  ///
  /// Precision, recall and F1 are those of scikit-learn's `precision_recall_fscore_support` for each class, with `nil`
  /// where scikit-learn divides by zero: F1 is 2 TP / (2 TP + FP + FN).
  /// - Parameter labels: The classes' names; an answer is an index into them.
  /// - Throws: `GalleyError` if there are no items, the lists differ in length, or a class has no label.
  public init(_ predictions: Predictions, labels: [String]) throws(GalleyError) {
    let count = predictions.ids.count
    guard count > 0, predictions.truth.count == count, predictions.answers.count == count else {
      throw Self.refusal(
        "there are \(count) items, \(predictions.truth.count) true classes and \(predictions.answers.count) answers")
    }
    var confusion = [[Int]](repeating: [Int](repeating: 0, count: labels.count), count: labels.count)
    for (truth, answer) in zip(predictions.truth, predictions.answers) {
      guard labels.indices.contains(truth), labels.indices.contains(answer) else {
        throw Self.refusal(
          "class \(labels.indices.contains(truth) ? answer : truth) is not one of \(labels.count) labels")
      }
      confusion[truth][answer] += 1
    }
    let counts = ClassCounts(confusion: confusion)
    let correct = counts.hits.reduce(0, +)
    guard let interval = Interval.wilson(successes: correct, of: count) else {
      throw Self.refusal("the accuracy's interval can't be computed")
    }
    self.init(
      itemCount: count, accuracy: Double(correct) / Double(count), accuracyInterval: interval,
      classes: labels.indices.map { ClassQuality($0, labels: labels, counts: counts) }, confusion: confusion)
  }

  private static func refusal(_ why: String) -> GalleyError {
    GalleyError(.badData, "can't judge the answers", why: why)
  }
}
