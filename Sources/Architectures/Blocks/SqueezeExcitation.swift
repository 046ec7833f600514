// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Torch

/// Weighs channels by what the whole image holds (Hu et al., 2018, "Squeeze-and-Excitation Networks"), as torchvision's
/// block of the same name: `fc1` and `fc2` are 1 × 1 convolutions.
struct SqueezeExcitation: Module {
  /// What the block's two functions are.
  struct Functions {
    var inner: ActivationFunction
    var gate: ActivationFunction
  }

  private let pool: GlobalAveragePool
  private let squeeze, excite: Conv2d
  private let inner, gate: Elementwise
  private let path: String

  init(_ channels: Int, squeezed: Int, _ functions: Functions, in scope: Scope) throws {
    pool = GlobalAveragePool(in: scope["avgpool"])
    squeeze = try Conv2d(channels, squeezed, kernel: Size2(1), in: scope["fc1"])
    excite = try Conv2d(squeezed, channels, kernel: Size2(1), in: scope["fc2"])
    inner = Elementwise(functions.inner, in: scope["activation"])
    gate = Elementwise(functions.gate, in: scope["scale_activation"])
    path = scope.path
  }

  func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    let squeezed = try inner.forward(squeeze.forward(pool.forward(input, mode), mode), mode)
    let weights = try gate.forward(excite.forward(squeezed, mode), mode)
    return try weights.multiplying(input, at: path)
  }
}
