// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Statistics

extension ResourceSeries {
  /// Fall of the clock frequency, relative to the beginning, from which it counts.
  private static let frequencyFall = 0.1

  /// What disturbed an interval according to its time series, one sentence each: throttling, a falling clock, other
  /// programs, a hypervisor.
  /// - Parameters:
  ///   - from: Begin in seconds after ``ResourceSeries/start``; by default the first sample.
  ///   - to: End; by default the last sample.
  public func disturbances(from: Double? = nil, to: Double? = nil) -> [String] {
    let (from, to) = (from ?? times.first ?? 0, to ?? times.last ?? 0)
    guard to > from else { return [] }
    return throttling(from, to) + [frequency(from, to), otherPrograms(from, to), stolen(from, to)].compactMap { $0 }
  }

  private func throttling(_ from: Double, _ to: Double) -> [String] {
    let counts = sensors(.throttleCount).reduce(0) { $0 + (integral($1, from, to).increase ?? 0) }
    var marks: [String] = []
    if counts > 0 { marks.append("The processor was throttled \(Int(counts)) times because it was hot.") }
    let slowed = sensors(.throttleState).filter { (integral($0, from, to).maximum ?? 0) > 0 }.compactMap(\.subject)
    if !slowed.isEmpty {
      marks.append("The processor was slowed down by \(slowed.joined(separator: ", ")) because it was hot.")
    }
    return marks
  }

  /// The fastest processor's frequency at each sample: idle processors sleep while the one that works is fast.
  private func frequency(_ from: Double, _ to: Double) -> String? {
    let all = sensors(.processorFrequency)
    let fastest = times.indices.filter { (from...to).contains(times[$0]) }.compactMap { position in
      all.compactMap { position < $0.values.count ? $0.values[position] : nil }.max()
    }
    let quarter = fastest.count / 4
    guard quarter >= 2, let before = Percentile.median(Array(fastest.prefix(quarter))),
      let after = Percentile.median(Array(fastest.suffix(quarter))), before > 0,
      after < (1 - Self.frequencyFall) * before
    else { return nil }
    return "The clock frequency fell by \(Self.percent(1 - after / before)) during the measurement."
  }

  private func otherPrograms(_ from: Double, _ to: Double) -> String? {
    let busy = sensors(.processorBusy).map { integral($0, from, to) }
    guard let covered = busy.map(\.covered).max(), covered > 0, !sensors(.processProcessorUse).isEmpty else {
      return nil
    }
    let own = sensors(.processProcessorUse).reduce(cost.share * covered) { $0 + integral($1, from, to).integral }
    let others = (busy.reduce(0) { $0 + $1.integral } - own) / covered
    guard others > MachineState.disturbance else { return nil }
    return "Other programs used \(Self.percent(others)) of a processor while it was measured."
  }

  private func stolen(_ from: Double, _ to: Double) -> String? {
    guard let sensor = sensors(.processorStolen).first else { return nil }
    let time = integral(sensor, from, to)
    guard time.covered > 0, time.integral / time.covered > MachineState.disturbance else { return nil }
    return "The hypervisor took \(Self.percent(time.integral / time.covered)) of a processor while it was measured."
  }

  private func integral(_ sensor: SensorSeries, _ from: Double, _ to: Double) -> SeriesIntegral {
    SeriesIntegral(sensor, times, from: from, to: to)
  }

  private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }
}
