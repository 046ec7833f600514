// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// The figure by which the best weights are chosen and by which training stops early.
enum SelectionMetric: Hashable {
  /// The mean loss on the validation items.
  case loss
  /// A figure of the answers.
  case figure(ClassificationMetric)

  /// Finds a figure by its name.
  /// - Throws: `GalleyError` with the nearest name, or if the figure isn't one of the task.
  init(_ name: String, task: EngineTask) throws(GalleyError) {
    if name == "loss" {
      self = .loss
      return
    }
    let metric = try ClassificationMetric.named(name)
    guard metric != .hammingLoss || task == .multiLabelClassification else {
      throw GalleyError(
        .configuration, "can't choose the best weights", at: "metric",
        why: "\(metric.name) is a figure of multi-label classification",
        remedy: "Choose another metric, such as accuracy or loss.")
    }
    self = .figure(metric)
  }

  /// The name in reports.
  var name: String {
    switch self {
    case .loss: "loss"
    case .figure(let metric): metric.name
    }
  }

  /// The figure of a report; NaN if it isn't defined on these items.
  func value(_ report: EpochReport) -> Double {
    switch self {
    case .loss: report.validationLoss ?? .nan
    case .figure(let metric): report.metrics[metric.name] ?? .nan
    }
  }

  /// Whether `value` is better than `other` by more than `margin`.
  func isBetter(_ value: Double, than other: Double, margin: Double = 0) -> Bool {
    guard !value.isNaN, !other.isNaN else { return !value.isNaN }
    switch direction {
    case .higher: return value > other + margin
    case .lower: return value < other - margin
    }
  }

  private var direction: ClassificationMetric.Direction {
    switch self {
    case .loss: .lower
    case .figure(let metric): metric.direction
    }
  }

  /// Whether a report's weights are to be preferred to another's: by the figure, and among equals by the loss.
  func prefers(_ report: EpochReport, to other: EpochReport) -> Bool {
    let (own, others) = (value(report), value(other))
    if isBetter(own, than: others) { return true }
    guard own == others || (own.isNaN && others.isNaN) else { return false }
    return (report.validationLoss ?? .infinity) < (other.validationLoss ?? .infinity)
  }
}
