// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The items in descending order of one class's scores, for the figures that depend on nothing else.
struct RankedScores {
  /// Items, the highest score first.
  private let order: [Int32]
  /// Whether a position of `order` is the last with its score: equal scores have no order among them.
  private let endsGroup: [Bool]
  private let isPositive: [Bool]

  /// Areas under the two curves; `nil` where one is not defined.
  struct Areas {
    /// Under the ROC curve: the probability that an item of the class has a higher score than another, ties counted
    /// half (Hanley and McNeil, Radiology 143, 1982). `nil` without items of the class or without others.
    var roc: Double?
    /// Average precision: precision at each distinct score, weighted by the recall gained there; scikit-learn's
    /// `average_precision_score`. `nil` without items of the class.
    var precisionRecall: Double?
  }

  init(_ scores: [Double], isPositive: [Bool]) {
    let order = scores.indices.map(Int32.init).sorted { scores[Int($0)] > scores[Int($1)] }
    endsGroup = order.indices.map {
      $0 + 1 == order.count || scores[Int(order[$0])] != scores[Int(order[$0 + 1])]
    }
    self.order = order
    self.isPositive = isPositive
  }

  /// The areas where item i counts `weights[i]` times.
  func areas(_ weights: [Int]) -> Areas {
    var (positives, negatives) = (0, 0)
    for index in isPositive.indices {
      if isPositive[index] { positives += weights[index] } else { negatives += weights[index] }
    }
    var (truePositives, falsePositives, doubledArea) = (0, 0, 0)
    var (groupPositives, groupNegatives) = (0, 0)
    var precision = 0.0
    for (position, item) in order.enumerated() {
      let weight = weights[Int(item)]
      if isPositive[Int(item)] { groupPositives += weight } else { groupNegatives += weight }
      guard endsGroup[position] else { continue }
      doubledArea += groupNegatives * (2 * truePositives + groupPositives)
      truePositives += groupPositives
      falsePositives += groupNegatives
      if groupPositives > 0 {
        precision +=
          Double(groupPositives) / Double(positives) * Double(truePositives) / Double(truePositives + falsePositives)
      }
      (groupPositives, groupNegatives) = (0, 0)
    }
    let isDefined = positives > 0 && negatives > 0
    return Areas(
      roc: isDefined ? Double(doubledArea) / 2 / (Double(positives) * Double(negatives)) : nil,
      precisionRecall: positives > 0 ? precision : nil)
  }
}
