// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// How the learning rate changes over a training run; a pure function of the step.
public enum LearningRateSchedule: Sendable, Hashable, Codable {
  /// Always the same.
  case constant
  /// Half a cosine from the peak rate down to `final` times it (Loshchilov and Hutter, 2017, "SGDR"; PyTorch's
  /// `CosineAnnealingLR`).
  case cosine(final: Double)
  /// Half a cosine up from the peak rate divided by `initialDivisor`, for the share `warmUp` of the steps, then half a
  /// cosine down to the initial rate divided by `finalDivisor` (Smith and Topin, 2018, "Super-Convergence"; PyTorch's
  /// `OneCycleLR`).
  case oneCycle(warmUp: Double, initialDivisor: Double, finalDivisor: Double)

  /// One cycle with PyTorch's settings.
  public static var oneCycle: Self { .oneCycle(warmUp: 0.3, initialDivisor: 25, finalDivisor: 1e4) }

  /// The rate for a step.
  /// - Parameters:
  ///   - step: Steps that are done, 0 for the first.
  ///   - total: Steps of the whole run.
  ///   - peak: The largest rate.
  public func rate(step: Int, of total: Int, peak: Double) -> Double {
    switch self {
    case .constant:
      return peak
    case .cosine(let final):
      return Self.anneal(from: peak, to: peak * final, Double(step) / Double(max(total, 1)))
    case .oneCycle(let warmUp, let initialDivisor, let finalDivisor):
      let initial = peak / initialDivisor
      let top = warmUp * Double(total) - 1
      let last = Double(total - 1)
      guard Double(step) > top else { return Self.anneal(from: initial, to: peak, Double(step) / top) }
      guard last > top else { return peak }
      return Self.anneal(from: peak, to: initial / finalDivisor, min((Double(step) - top) / (last - top), 1))
    }
  }

  private static func anneal(from start: Double, to end: Double, _ share: Double) -> Double {
    end + (start - end) / 2 * (1 + cos(Double.pi * share))
  }
}
