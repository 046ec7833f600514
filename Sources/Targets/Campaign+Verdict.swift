// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Statistics
internal import TargetProtocol

extension Campaign {
  /// A drift counts if chance makes one as consistent in fewer than one of a hundred sequences …
  private static let driftProbability = 0.01
  /// … and if it is larger than this part of the median.
  private static let driftSize = 0.05
  /// Standard deviation between processes, relative to their median, from which they count as unlike.
  private static let processSpread = 0.05

  /// Whether the figures of a subject can be trusted.
  func verdict(_ track: SubjectTrack) -> MeasurementVerdict {
    var marks: [String] = []
    if plan.processes < 3 {
      marks.append("Only \(plan.processes) of at least 3 processes were run; the interval can't be relied on.")
    }
    for (number, record) in zip(1..., track.records) {
      if !record.warmUp.settled {
        marks.append("Process \(number): the warm-up ended after \(record.warmUp.inferences) inferences unsettled.")
      }
      if let mark = drift(record.blockMedians) { marks.append("Process \(number): \(mark)") }
    }
    if let mark = spread(track.records) { marks.append(mark) }
    if let mark = differingAnswers(track.records) { marks.append(mark) }
    marks += disturbances
    return MeasurementVerdict(isClean: marks.isEmpty, marks: marks)
  }

  private func drift(_ medians: [Double]) -> String? {
    guard let test = DriftTest(medians), test.pValue < Self.driftProbability,
      abs(test.relativeChange) > Self.driftSize
    else { return nil }
    let direction = test.relativeChange > 0 ? "rose" : "fell"
    return "the latency \(direction) by \(Self.percent(abs(test.relativeChange))) while it was measured."
  }

  private func spread(_ records: [ProcessRecord]) -> String? {
    let medians = records.compactMap { Percentile.median($0.durations.seconds) }
    let (mean, deviation) = Moments.meanAndDeviation(medians)
    guard mean > 0, deviation / mean > Self.processSpread else { return nil }
    return "The processes' medians differ: their standard deviation is \(Self.percent(deviation / mean)) of their mean."
  }

  private func differingAnswers(_ records: [ProcessRecord]) -> String? {
    let all = records.compactMap(\.answers?.predictions.answers)
    guard let first = all.first else { return nil }
    let differing = all.map { answers in zip(first, answers).count { $0 != $1 } }.max() ?? 0
    guard differing > 0 else { return nil }
    return "The answers of its processes differ on \(differing) items; those of the first process are reported."
  }

  private static func percent(_ share: Double) -> String {
    "\((share * 1000).rounded() / 10) %"
  }
}
