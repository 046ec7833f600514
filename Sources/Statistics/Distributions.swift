// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// The standard normal distribution.
public enum NormalDistribution {
  /// Probability of a value up to `z`.
  public static func cumulative(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }

  /// The value up to which a value lies with `probability`; infinite at 0 and 1, NaN outside.
  public static func quantile(_ probability: Double) -> Double {
    guard probability > 0, probability < 1 else {
      return probability == 0 ? -.infinity : probability == 1 ? .infinity : .nan
    }
    // The lower half keeps its precision in `erfc`, the upper is its mirror image.
    if probability > 0.5 { return -quantile(1 - probability) }
    return Bisection.root(from: -40, to: 0) { cumulative($0) - probability }
  }
}

/// Student's t distribution.
public enum StudentT {
  /// Probability of a value up to `t` with `degrees` degrees of freedom (more than 0).
  public static func cumulative(_ t: Double, degrees: Double) -> Double {
    let tail = 0.5 * IncompleteBeta.regularized(degrees / (degrees + t * t), degrees / 2, 0.5)
    return t > 0 ? 1 - tail : tail
  }

  /// The value up to which a value lies with `probability`, which lies between 0 and 1; NaN outside.
  public static func quantile(_ probability: Double, degrees: Double) -> Double {
    guard probability > 0, probability < 1, degrees > 0 else { return .nan }
    if probability == 0.5 { return 0 }
    if probability > 0.5 { return -quantile(1 - probability, degrees: degrees) }
    var lower = -1.0
    while cumulative(lower, degrees: degrees) > probability { lower *= 2 }
    return Bisection.root(from: lower, to: 0) { cumulative($0, degrees: degrees) - probability }
  }
}

/// The regularized incomplete beta function, by its continued fraction (Abramowitz and Stegun 26.5.8) evaluated with
/// Lentz's method as Thompson and Barnett modified it (Journal of Computational Physics 64, 1986).
enum IncompleteBeta {
  static func regularized(_ x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    // The fraction converges fast on this side only; the function is symmetric.
    if x > (a + 1) / (a + b + 2) { return 1 - regularized(1 - x, b, a) }
    let logBeta = lgamma(a) + lgamma(b) - lgamma(a + b)
    return exp(a * log(x) + b * log1p(-x) - logBeta) * fraction(x, a, b) / a
  }

  private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func guarded(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / guarded(1 - (a + b) * x / (a + 1))
    var result = d
    for step in 1...10_000 {
      let m = Double(step)
      let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
      let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
      var change = 1.0
      for term in [even, odd] {
        d = 1 / guarded(1 + term * d)
        c = guarded(1 + term / c)
        change = c * d
        result *= change
      }
      if abs(change - 1) < 1e-16 { break }
    }
    return result
  }
}

/// Finds where an increasing function crosses zero.
enum Bisection {
  static func root(from lower: Double, to upper: Double, _ function: (Double) -> Double) -> Double {
    var (lower, upper) = (lower, upper)
    // 200 halvings exhaust the precision of any interval that fits in a Double.
    for _ in 0..<200 {
      let middle = lower + (upper - lower) / 2
      if middle == lower || middle == upper { break }
      if function(middle) < 0 { lower = middle } else { upper = middle }
    }
    return lower + (upper - lower) / 2
  }
}
