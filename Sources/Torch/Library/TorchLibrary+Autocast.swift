// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim
public import Tensors

extension TorchLibrary {
  /// Runs `body` on this thread in mixed precision, PyTorch's `autocast`: convolutions and matrix products are computed
  /// in `type`, what needs the range in float32. Parameters stay as they are.
  ///
  /// The forward pass and the loss belong inside, the backward pass and the optimizer's step outside.
  /// - Parameters:
  ///   - type: bfloat16 or float16. Gradients of float16 vanish unless the loss is scaled: ``LossScaler``.
  ///   - device: The kind of device whose operations are meant.
  /// - Throws: `TorchError` if the type is another, and what `body` throws.
  public func withAutocast<Result>(
    _ type: ElementType, on device: TorchDevice.Kind = .cpu, _ body: () throws -> Result
  ) throws -> Result {
    let number = try type.torchNumber
    let before = try autocast(device)
    try check(api.set_autocast(device.torch, 1, number), "switching mixed precision on")
    // Only memory could make this fail, and then the body's own result matters more.
    defer { _ = api.set_autocast(device.torch, before.isOn, before.type) }
    return try body()
  }

  /// Whether this thread computes in mixed precision on devices of a kind.
  public func isAutocasting(on device: TorchDevice.Kind = .cpu) throws(TorchError) -> Bool {
    try autocast(device).isOn != 0
  }

  private func autocast(_ device: TorchDevice.Kind) throws(TorchError) -> (isOn: Int32, type: galley_torch_type) {
    var (isOn, type): (Int32, galley_torch_type) = (0, 0)
    try check(api.autocast(device.torch, &isOn, &type), "reading whether precision is mixed")
    return (isOn, type)
  }
}
