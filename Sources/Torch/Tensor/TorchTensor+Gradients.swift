// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim

extension TorchTensor {
  /// Whether a gradient is computed for this tensor.
  public var requiresGradient: Bool {
    get throws(TorchError) {
      var requires: Int32 = 0
      try library.check(library.api.tensor_requires_gradient(handle, &requires), "reading whether a gradient is wanted")
      return requires != 0
    }
  }

  /// Says whether a gradient is computed for this tensor, which must be a leaf: not the result of a recorded operation.
  public func setRequiresGradient(_ requires: Bool) throws(TorchError) {
    try library.check(
      library.api.tensor_set_requires_gradient(handle, requires ? 1 : 0), "choosing whether a gradient is wanted")
  }

  /// The gradient that `backward` has accumulated, sharing its memory; `nil` before the first.
  public var gradient: TorchTensor? {
    get throws(TorchError) {
      var gradient: OpaquePointer?
      try library.check(library.api.tensor_gradient(handle, &gradient), "reading a gradient")
      return gradient.map { TorchTensor(taking: $0, of: library) }
    }
  }

  /// Forgets the gradient.
  public func clearGradient() throws(TorchError) {
    try library.check(library.api.tensor_clear_gradient(handle), "clearing a gradient")
  }

  /// Adds the gradients of this one-element tensor to every leaf that it was computed from.
  public func backward() throws(TorchError) {
    try library.check(library.api.tensor_backward(handle), "computing gradients")
  }

  /// The same memory without the history that gradients flow through.
  public func detached() throws(TorchError) -> TorchTensor {
    try library.make("detaching a tensor") { library.api.detach(handle, $0) }
  }
}
