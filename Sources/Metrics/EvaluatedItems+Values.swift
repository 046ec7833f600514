// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension EvaluatedItems {
  /// The metrics that apply to the task, whether or not they can be computed from what is known.
  var metrics: [ClassificationMetric] {
    let tops = Set(options.topK).sorted().filter { $0 > 1 && $0 < classCount }
    return ClassificationMetric.all.flatMap { metric -> [ClassificationMetric] in
      switch metric {
      case .topKAccuracy: task == .multiClass ? tops.map { .topKAccuracy($0) } : []
      case .balancedAccuracy, .gMean: task == .multiClass ? [metric] : []
      case .hammingLoss: task == .multiLabel ? [metric] : []
      case .rocAUCWeighted: isBinary ? [] : [metric]
      default: [metric]
      }
    }
  }

  /// Two classes of which an item has one: the second is the one that is looked for.
  var isBinary: Bool { task == .multiClass && classCount == 2 }

  /// The classes that macro means run over: scikit-learn's default.
  func averaged(_ counts: ClassCounts) -> [Int] {
    (0..<classCount).filter { task == .multiLabel || counts.support[$0] + counts.answered[$0] > 0 }
  }

  /// The metrics' values where item i counts `weights[i]` times, in the order of `metrics`.
  func values(of metrics: [ClassificationMetric], _ weights: [Int]) -> [Double?] {
    let counts = counts(weights)
    let classes = averaged(counts)
    let needsAreas = metrics.contains { Self.ranking.contains($0) }
    let areas = needsAreas ? ranked.map { $0.areas(weights) } : []
    let total = Double(weights.reduce(0, +))
    return metrics.map { metric in
      switch metric {
      case .accuracy: return Double(correct(weights)) / total
      case .topKAccuracy(let k): return topK(k, weights).map { Double($0) / total }
      case .balancedAccuracy: return counts.balancedAccuracy
      case .gMean: return counts.geometricMean(over: classes)
      case .rocAUC: return meanArea(areas, counts, \.roc, isWeighted: false)
      case .rocAUCWeighted: return meanArea(areas, counts, \.roc, isWeighted: true)
      case .averagePrecision: return meanArea(areas, counts, \.precisionRecall, isWeighted: false)
      case .logLoss: return losses.map { ItemLosses.mean($0.logLoss, weights) }
      case .brier: return losses.map { ItemLosses.mean($0.brier, weights) }
      case .calibrationError: return losses?.calibrationError(weights)
      case .hammingLoss:
        let wrong = (0..<classCount).reduce(0) { $0 + counts.support[$1] + counts.answered[$1] - 2 * counts.hits[$1] }
        return Double(wrong) / (total * Double(classCount))
      default:
        guard let (figure, average) = Self.averages[metric] else { return nil }
        return counts.average(figure, average, over: classes, zeroDivision: options.zeroDivision)
      }
    }
  }

  /// The metrics that depend on the scores' order.
  static let ranking: Set<ClassificationMetric> = [.rocAUC, .rocAUCWeighted, .averagePrecision]

  static let averages: [ClassificationMetric: (ClassCounts.Figure, ClassCounts.Average)] = [
    .precisionMacro: (.precision, .macro), .precisionMicro: (.precision, .micro),
    .precisionWeighted: (.precision, .weighted), .recallMacro: (.recall, .macro), .recallMicro: (.recall, .micro),
    .recallWeighted: (.recall, .weighted), .f1Macro: (.f1, .macro), .f1Micro: (.f1, .micro),
    .f1Weighted: (.f1, .weighted),
  ]

  /// How many items have their true class among the `k` highest scores; `nil` without scores.
  func topK(_ k: Int, _ weights: [Int]) -> Int? {
    guard scores != nil else { return nil }
    return (0..<count).reduce(0) { $0 + (ranksOfTruth[$1] < k ? weights[$1] : 0) }
  }

  /// The mean of the classes' areas, without the classes that have none.
  private func meanArea(
    _ areas: [RankedScores.Areas], _ counts: ClassCounts, _ area: KeyPath<RankedScores.Areas, Double?>,
    isWeighted: Bool
  ) -> Double? {
    guard scores != nil else { return nil }
    // scikit-learn's average precision of labels without a single item is its zero division.
    let substitute = area == \.precisionRecall && (isBinary || task == .multiLabel) ? options.zeroDivision.value : nil
    if isBinary { return areas[1][keyPath: area] ?? substitute }
    var (sum, total) = (0.0, 0.0)
    for index in areas.indices {
      guard let value = areas[index][keyPath: area] ?? substitute else { continue }
      let weight = isWeighted ? Double(counts.support[index]) : 1
      sum += weight * value
      total += weight
    }
    return total > 0 ? sum / total : nil
  }
}
