// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Maps values to a stretch of a drawing, linearly or by their logarithm.
struct Axis: Sendable, Hashable {
  /// Smallest value shown.
  let lower: Double
  /// Largest value shown.
  let upper: Double
  /// True if equal ratios have equal lengths.
  let isLogarithmic: Bool
  /// Where the smallest value lies.
  let start: Double
  /// Where the largest value lies.
  let end: Double
  /// Values with a mark.
  let ticks: [Double]

  /// An axis that holds `values` with some room on either side, logarithmic if they are positive and the largest is
  /// over `logarithmicFrom` times the smallest.
  init(
    covering values: [Double], from start: Double, to end: Double, logarithmicFrom: Double = .infinity,
    within limits: ClosedRange<Double> = -Double.infinity...Double.infinity, room: Double = 0.08
  ) {
    let finite = values.filter(\.isFinite)
    let smallest = finite.min() ?? 0
    let largest = finite.max() ?? 1
    self.start = start
    self.end = end
    isLogarithmic = smallest > 0 && largest / smallest > logarithmicFrom
    if isLogarithmic {
      let spread = max(pow(largest / smallest, room), 1.05)
      lower = smallest / spread
      upper = largest * spread
      ticks = Self.logarithmicTicks(lower, upper)
    } else {
      let span = largest - smallest
      let margin = span > 0 ? span * room : max(abs(largest) * 0.05, 1e-9)
      lower = max(smallest - margin, limits.lowerBound)
      upper = min(largest + margin, limits.upperBound)
      ticks = Self.linearTicks(lower, upper)
    }
  }

  /// Where a value lies.
  func position(_ value: Double) -> Double {
    let part =
      isLogarithmic
      ? (log10(max(value, .leastNormalMagnitude)) - log10(lower)) / (log10(upper) - log10(lower))
      : (value - lower) / (upper - lower)
    return start + min(max(part, -0.5), 1.5) * (end - start)
  }

  /// The number beside a mark.
  func label(of tick: Double) -> String {
    guard isLogarithmic else { return NumberText.fixed(tick, decimals: decimals) }
    let short = NumberText.significant(tick, digits: 1)
    return abs(tick / pow(10, floor(log10(tick)) + 1e-9) - 1.5) < 0.01 ? NumberText.significant(tick, digits: 2) : short
  }

  /// Digits after the point that tell the marks apart.
  var decimals: Int {
    let step = zip(ticks.dropFirst(), ticks).map { abs($0 - $1) }.min() ?? 1
    guard step > 0 else { return 0 }
    return min(max(0, Int((-log10(step) + 0.01).rounded(.up))), 9)
  }

  /// Marks at 1, 2 or 5 times a power of ten, about five.
  private static func linearTicks(_ lower: Double, _ upper: Double) -> [Double] {
    let span = upper - lower
    guard span > 0, span.isFinite else { return [lower] }
    let rough = span / 5
    let power = pow(10, floor(log10(rough)))
    let step = ([1, 2, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10) * power
    let first = Int((lower / step - 1e-9).rounded(.up))
    let last = Int((upper / step + 1e-9).rounded(.down))
    return first <= last ? (first...last).map { Double($0) * step } : [lower]
  }

  /// Marks at 1, 2 and 5 times each power of ten; more if the axis is short, the powers alone if it is long.
  private static func logarithmicTicks(_ lower: Double, _ upper: Double) -> [Double] {
    let decades = Int(floor(log10(lower)))...Int(ceil(log10(upper)))
    func marks(_ factors: [Double]) -> [Double] {
      decades.flatMap { decade in factors.map { $0 * pow(10, Double(decade)) } }.filter { (lower...upper).contains($0) }
    }
    let few = marks([1, 2, 5])
    if few.count < 4 { return marks([1, 1.5, 2, 3, 4, 5, 6, 8]) }
    return few.count > 12 ? marks([1]) : few
  }
}
