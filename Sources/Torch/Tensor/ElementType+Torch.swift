// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim
internal import Tensors

extension ElementType {
  /// Each element type that LibTorch computes with, and its number in the shim's contract.
  private static let torchNumbers: [(ElementType, Int)] = [
    (.bool, Int(GALLEY_TORCH_BOOL)), (.uint8, Int(GALLEY_TORCH_UINT8)), (.int8, Int(GALLEY_TORCH_INT8)),
    (.int16, Int(GALLEY_TORCH_INT16)), (.int32, Int(GALLEY_TORCH_INT32)), (.int64, Int(GALLEY_TORCH_INT64)),
    (.float16, Int(GALLEY_TORCH_FLOAT16)), (.bfloat16, Int(GALLEY_TORCH_BFLOAT16)),
    (.float32, Int(GALLEY_TORCH_FLOAT32)), (.float64, Int(GALLEY_TORCH_FLOAT64)),
  ]

  init?(torchNumber: galley_torch_type) {
    guard let entry = Self.torchNumbers.first(where: { $0.1 == Int(torchNumber) }) else { return nil }
    self = entry.0
  }

  var torchNumber: galley_torch_type {
    get throws(TorchError) {
      guard let entry = Self.torchNumbers.first(where: { $0.0 == self }) else {
        throw TorchError(
          .invalidArgument, "LibTorch doesn't compute with \(self)", because: "its operations lack this element type",
          remedy: "convert to int64 or float32 first")
      }
      return galley_torch_type(entry.1)
    }
  }
}

extension [Int] {
  /// Lends the numbers to the shim for one call.
  func withTorchInts<Result>(_ body: (galley_torch_ints) -> Result) -> Result {
    map(Int64.init).withUnsafeBufferPointer { buffer in
      body(galley_torch_ints(values: buffer.baseAddress, count: Int64(buffer.count)))
    }
  }
}
