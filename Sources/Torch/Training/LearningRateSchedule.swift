// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// How the learning rate changes over a training run; a pure function of the step.
public indirect enum LearningRateSchedule: Sendable, Hashable, Codable {
  /// Always the same.
  case constant
  /// Multiplied by `factor` after every `interval` steps (PyTorch's `StepLR`, counted in steps).
  case step(interval: Int, factor: Double)
  /// Half a cosine from the peak rate down to `final` times it (Loshchilov and Hutter, 2017, "SGDR"; PyTorch's
  /// `CosineAnnealingLR`).
  case cosine(final: Double)
  /// Half a cosine up from the peak rate divided by `initialDivisor`, for the share `warmUp` of the steps, then half a
  /// cosine down to the initial rate divided by `finalDivisor` (Smith and Topin, 2018, "Super-Convergence"; PyTorch's
  /// `OneCycleLR`).
  case oneCycle(warmUp: Double, initialDivisor: Double, finalDivisor: Double)
  /// A straight line up from the peak rate times `start` for the first steps, then another schedule over the rest
  /// (PyTorch's `LinearLR` and `SequentialLR`).
  case warmUp(steps: Int, start: Double, then: LearningRateSchedule)

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
    case .step(let interval, let factor):
      return peak * pow(factor, Double(step / max(interval, 1)))
    case .cosine(let final):
      return Self.anneal(from: peak, to: peak * final, Double(step) / Double(max(total, 1)))
    case .oneCycle(let warmUp, let initialDivisor, let finalDivisor):
      return Self.cycle(step, total, peak, warmUp, from: peak / initialDivisor, finalDivisor)
    case .warmUp(let steps, let start, let then):
      guard step < steps else { return then.rate(step: step - steps, of: max(total - steps, 1), peak: peak) }
      return peak * (start + (1 - start) * Double(step) / Double(steps))
    }
  }

  private static func cycle(
    _ step: Int, _ total: Int, _ peak: Double, _ warmUp: Double, from initial: Double, _ finalDivisor: Double
  ) -> Double {
    let top = warmUp * Double(total) - 1
    let last = Double(total - 1)
    guard Double(step) > top else { return anneal(from: initial, to: peak, Double(step) / top) }
    guard last > top else { return peak }
    return anneal(from: peak, to: initial / finalDivisor, min((Double(step) - top) / (last - top), 1))
  }

  private static func anneal(from start: Double, to end: Double, _ share: Double) -> Double {
    end + (start - end) / 2 * (1 + cos(Double.pi * share))
  }
}
