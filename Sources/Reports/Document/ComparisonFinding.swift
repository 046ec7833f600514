// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Statistics

/// What the comparison of two variants shows.
struct ComparisonFinding: Sendable, Hashable {
  private let comparison: ReportedComparison
  private let baseline: ReportedVariant
  private let candidate: ReportedVariant
  /// How often the candidate is as fast as the baseline, with its interval.
  let speedup: ReportedRatio

  /// `nil` if a variant is missing from the report or a latency isn't positive.
  init?(_ comparison: ReportedComparison, in report: RunReport) {
    guard let baseline = report.variant(named: comparison.baseline),
      let candidate = report.variant(named: comparison.candidate),
      baseline.median > 0, candidate.median > 0
    else { return nil }
    self.comparison = comparison
    self.baseline = baseline
    self.candidate = candidate
    speedup = comparison.speedup ?? Self.bounds(baseline, candidate)
  }

  /// The ratio with the bounds that the intervals of both medians leave.
  private static func bounds(_ baseline: ReportedVariant, _ candidate: ReportedVariant) -> ReportedRatio {
    let (over, under) = (baseline.measurement.latency.medianInterval, candidate.measurement.latency.medianInterval)
    let upper = under.lower > 0 ? over.upper / under.lower : .infinity
    let lower = under.upper > 0 ? over.lower / under.upper : 0
    return ReportedRatio(
      value: baseline.median / candidate.median,
      interval: Interval(lower: lower, upper: upper, level: over.level, method: "bounds of the two intervals"))
  }

  /// True if the interval of the ratio leaves out one.
  var showsSpeedDifference: Bool { speedup.interval.lower > 1 || speedup.interval.upper < 1 }

  /// Findings that a reader wants first have the highest rank: faster without a loss that shows, by how much.
  var rank: Double {
    let gain = speedup.interval.lower > 1 ? speedup.value : 0
    let loses = comparison.showsAccuracyDifference && comparison.accuracyDifference < 0
    return loses ? gain / 1000 : gain
  }

  /// The finding in one short sentence.
  var headline: String {
    let accuracy =
      !comparison.showsAccuracyDifference
      ? nil : comparison.accuracyDifference < 0 ? "less accurate" : "more accurate"
    guard showsSpeedDifference else {
      if accuracy == nil, sizeShare < 0.9 {
        let share = NumberText.percent(sizeShare, decimals: 0)
        return "\(candidate.name) takes \(share) of the space of \(baseline.name), with no difference in speed or "
          + "accuracy shown."
      }
      let start = "No difference in speed between \(candidate.name) and \(baseline.name) is shown"
      return accuracy.map { "\(start), but \(candidate.name) is \($0)." } ?? start + ", and none in accuracy."
    }
    let end = accuracy.map { " and is \($0)." } ?? ", with no difference in accuracy shown."
    return speedClause + end
  }

  /// The figures behind the headline.
  var figures: String {
    "Ratio of the median latencies, \(level) interval: \(bounds). "
      + "Accuracy: \(accuracyFigures), exact McNemar test. "
      + "Size: \(NumberText.bytes(candidate.measurement.model.byteCount)) against "
      + "\(NumberText.bytes(baseline.measurement.model.byteCount))."
  }

  /// The interval of the ratio, in the direction in which the headline speaks of it.
  private var bounds: String {
    showsSpeedDifference && speedup.interval.lower <= 1
      ? range(1 / speedup.interval.upper, 1 / speedup.interval.lower)
      : range(speedup.interval.lower, speedup.interval.upper)
  }

  /// Size of the candidate's file divided by that of the baseline's.
  private var sizeShare: Double {
    Double(candidate.measurement.model.byteCount) / Double(max(1, baseline.measurement.model.byteCount))
  }

  private var speedClause: String {
    speedup.interval.lower > 1
      ? "\(candidate.name) is \(times(speedup.value)) as fast as \(baseline.name)"
      : "\(candidate.name) takes \(times(1 / speedup.value)) as long as \(baseline.name)"
  }

  private var level: String { NumberText.percent(speedup.interval.level, decimals: 0) }

  private var accuracyFigures: String {
    "\(accuracy(candidate)) against \(accuracy(baseline)) of \(NumberText.whole(comparison.itemCount)) "
      + "test items, p\(NumberText.narrowSpace)\(equation(comparison.pValue))"
  }

  /// What is shown about speed.
  var speedSentence: String {
    guard showsSpeedDifference else {
      return "No difference in speed is shown between \(candidate.name) and \(baseline.name): the ratio of the median "
        + "latencies is \(NumberText.fixed(speedup.value, decimals: 2)), \(level) interval "
        + "\(range(speedup.interval.lower, speedup.interval.upper))."
    }
    return "\(speedClause) (\(level) interval \(bounds))."
  }

  /// What is shown about accuracy.
  var accuracySentence: String {
    guard comparison.showsAccuracyDifference else {
      return "No difference in accuracy is shown: \(accuracyFigures)."
    }
    return "It is \(comparison.accuracyDifference < 0 ? "less" : "more") accurate: \(accuracyFigures)."
  }

  /// The test, for readers who never met it.
  var testSentences: String {
    let split =
      "Of \(NumberText.whole(comparison.itemCount)) test items, \(NumberText.whole(comparison.discordantCount)) "
      + "\(comparison.discordantCount == 1 ? "was" : "were") answered rightly by only one of the two: "
      + "\(NumberText.whole(comparison.onlyBaselineCorrect)) by \(baseline.name) only, \(NumberText.whole(comparison.onlyCandidateCorrect)) by \(candidate.name) only. "
    guard comparison.discordantCount > 0 else {
      return split + "The two were right and wrong on the same items, so these items can't tell them apart."
    }
    let chance =
      "If both were equally accurate, a split at least as uneven would come up by chance with a probability of "
      + "\(NumberText.probability(comparison.pValue)) (exact McNemar test, two-sided). "
    return split + chance
      + (comparison.showsAccuracyDifference
        ? "The difference is more than chance explains."
        : "No difference in accuracy is shown; that does not prove the two equal.")
  }

  private func accuracy(_ variant: ReportedVariant) -> String {
    variant.accuracy.map { NumberText.percent($0) } ?? "an accuracy that was not measured"
  }

  /// A ratio near one needs a digit more, or a difference that is shown would read "1.0×".
  private func times(_ ratio: Double) -> String {
    NumberText.significant(ratio, digits: (1.1..<10).contains(ratio) ? 2 : 3) + "×"
  }

  private func range(_ lower: Double, _ upper: Double) -> String {
    "\(NumberText.fixed(lower, decimals: 2))–\(NumberText.fixed(upper, decimals: 2))"
  }

  private func equation(_ value: Double) -> String {
    value < 0.001
      ? NumberText.probability(value) : "=\(NumberText.narrowSpace)\(NumberText.probability(value))"
  }
}
