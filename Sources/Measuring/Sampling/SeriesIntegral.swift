// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// A sensor's series as a function of time, over an interval.
struct SeriesIntegral {
  /// Integral of the values over the time that they cover.
  private(set) var integral = 0.0
  /// Time that the values cover, in seconds.
  private(set) var covered = 0.0
  /// Largest value.
  private(set) var maximum: Double?
  /// Increase of a cumulative series over the interval.
  private(set) var increase: Double?

  /// Between two samples a value is on the line between theirs; a rate is that of the later sample.
  init(_ sensor: SensorSeries, _ times: [Double], from: Double, to: Double) {
    var before: (time: Double, value: Double)?
    var (low, high): (Double?, Double?)
    for (position, (time, value)) in zip(times, sensor.values).enumerated() {
      guard let value else {
        before = nil
        continue
      }
      if sensor.quantity.isRate {
        if position > 0 { addStep(value, times[position - 1], time, from, to) }
        continue
      }
      if (from...to).contains(time) { note(value) }
      if let before {
        addLine(before, (time, value), from, to)
        if low == nil { low = Self.value(at: from, before, (time, value)) }
        high = Self.value(at: to, before, (time, value)) ?? (time <= to ? value : high)
      }
      if low == nil, time >= from, time <= to { low = value }
      before = (time, value)
    }
    if let low, let high { increase = high - low }
  }

  private mutating func note(_ value: Double) { maximum = max(maximum ?? value, value) }

  private mutating func addStep(_ value: Double, _ start: Double, _ end: Double, _ from: Double, _ to: Double) {
    let length = min(end, to) - max(start, from)
    guard length > 0 else { return }
    integral += value * length
    covered += length
    note(value)
  }

  private mutating func addLine(
    _ a: (time: Double, value: Double), _ b: (time: Double, value: Double), _ from: Double, _ to: Double
  ) {
    let (start, end) = (max(a.time, from), min(b.time, to))
    guard end > start, b.time > a.time else { return }
    let slope = (b.value - a.value) / (b.time - a.time)
    integral += (a.value + slope * ((start + end) / 2 - a.time)) * (end - start)
    covered += end - start
  }

  /// The value on the line from `a` to `b`; `nil` outside.
  private static func value(
    at time: Double, _ a: (time: Double, value: Double), _ b: (time: Double, value: Double)
  ) -> Double? {
    guard a.time <= time, time <= b.time, b.time > a.time else { return nil }
    return a.value + (b.value - a.value) * (time - a.time) / (b.time - a.time)
  }
}
