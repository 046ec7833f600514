// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// What precision, recall and F1 are made of, for every class.
struct ClassCounts {
  /// Items of the class that were answered so.
  var hits: [Int]
  /// Items of the class.
  var support: [Int]
  /// Items that were answered with the class.
  var answered: [Int]

  /// A figure of every class: what is divided by what.
  enum Figure { case precision, recall, f1 }

  /// How the classes' figures become one.
  enum Average { case macro, micro, weighted }

  init(classCount: Int) {
    hits = [Int](repeating: 0, count: classCount)
    support = hits
    answered = hits
  }

  /// Counts of a confusion matrix: true class (row), answered class (column).
  init(confusion: [[Int]]) {
    self.init(classCount: confusion.count)
    for (truth, row) in confusion.enumerated() {
      hits[truth] = row[truth]
      support[truth] = row.reduce(0, +)
      for (answer, count) in row.enumerated() { answered[answer] += count }
    }
  }

  /// The figure of a class; `nil` where the denominator is zero.
  func value(_ figure: Figure, of index: Int) -> Double? {
    let (part, whole) = fraction(figure, hits[index], support[index], answered[index])
    return whole == 0 ? nil : Double(part) / Double(whole)
  }

  private func fraction(_ figure: Figure, _ hits: Int, _ support: Int, _ answered: Int) -> (Int, Int) {
    switch figure {
    case .precision: (hits, answered)
    case .recall: (hits, support)
    case .f1: (2 * hits, support + answered)
    }
  }

  /// The mean of a figure over `classes`, as scikit-learn's `precision_recall_fscore_support` computes it.
  func average(
    _ figure: Figure, _ average: Average, over classes: [Int], zeroDivision: EvaluationOptions.ZeroDivision
  ) -> Double? {
    if average == .micro {
      let sum = { (counts: [Int]) in classes.reduce(0) { $0 + counts[$1] } }
      let (part, whole) = fraction(figure, sum(hits), sum(support), sum(answered))
      return whole == 0 ? zeroDivision.value : Double(part) / Double(whole)
    }
    var (total, weights, plain, count) = (0.0, 0.0, 0.0, 0.0)
    for index in classes {
      guard let value = value(figure, of: index) ?? zeroDivision.value else { continue }
      total += value * Double(support[index])
      weights += Double(support[index])
      plain += value
      count += 1
    }
    guard count > 0 else { return nil }
    // Where no class has a weight, scikit-learn takes the plain mean.
    return average == .weighted && weights > 0 ? total / weights : plain / count
  }

  /// Mean recall of the classes that occur in the truth.
  var balancedAccuracy: Double? {
    let recalls = support.indices.compactMap { value(.recall, of: $0) }
    return recalls.isEmpty ? nil : recalls.reduce(0, +) / Double(recalls.count)
  }

  /// Geometric mean of the recalls of `classes`; a class that never occurs counts as one that is never found.
  func geometricMean(over classes: [Int]) -> Double? {
    guard !classes.isEmpty else { return nil }
    var logarithms = 0.0
    for index in classes {
      guard let recall = value(.recall, of: index), recall > 0 else { return 0 }
      logarithms += log(recall)
    }
    return exp(logarithms / Double(classes.count))
  }
}

extension EvaluationOptions.ZeroDivision {
  /// What stands in for a figure without a denominator; `nil` if the class is left out.
  var value: Double? {
    switch self {
    case .zero: 0
    case .one: 1
    case .excluded: nil
    }
  }
}
