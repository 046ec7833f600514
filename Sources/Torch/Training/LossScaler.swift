// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim

/// Scales losses up so that float16 gradients don't vanish, and finds a scale that doesn't overflow; PyTorch's
/// `GradScaler` (Micikevicius et al., 2018, "Mixed Precision Training").
///
/// ```swift
/// let loss = try library.withAutocast(.float16, on: .cuda) { … }
/// try scaler.scaled(loss).backward()
/// if try scaler.unscale(state.parameters) { try optimizer.step() }
/// ```
public struct LossScaler: Sendable, Hashable, Codable {
  /// What losses are multiplied by.
  public private(set) var scale: Double
  /// Steps since the scale changed or gradients overflowed.
  public private(set) var steadySteps = 0
  /// Steps without overflow after which the scale grows.
  public let growthInterval: Int

  /// Creates a scaler with PyTorch's settings.
  public init(scale: Double = 65_536, growthInterval: Int = 2000) {
    self.scale = scale
    self.growthInterval = max(1, growthInterval)
  }

  /// The loss times the scale.
  public func scaled(_ loss: TorchTensor) throws(TorchError) -> TorchTensor { try loss * scale }

  /// Divides the gradients by the scale and chooses the next one: half after an overflow, twice after enough steps
  /// without.
  /// - Returns: Whether all gradients are finite; otherwise the step is to be left out.
  public mutating func unscale(_ parameters: [StateTensor]) throws(TorchError) -> Bool {
    var found: Int32 = 0
    let inverse = 1 / scale
    try parameters.withTorch("unscaling gradients") { api, list in api.gradients_unscale(list, inverse, &found) }
    guard found == 0 else {
      (scale, steadySteps) = (scale / 2, 0)
      return false
    }
    steadySteps += 1
    if steadySteps == growthInterval { (scale, steadySteps) = (scale * 2, 0) }
    return true
  }
}
