// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Tensors

/// A tensor in half precision, and what was lost on the way.
struct Float16Weights {
  let tensor: Onnx_TensorProto
  /// Finite values beyond ±65504, which became ±65504.
  private(set) var clamped = 0
  /// Values other than zero that became zero.
  private(set) var flushed = 0

  /// - Throws: `ONNXError` if the tensor's data are malformed or lie outside the file.
  init(_ source: Onnx_TensorProto) throws(ONNXError) {
    let tensor = try source.tensor(named: source.name)
    var (clamped, flushed) = (0, 0)
    let halves = tensor.bytes.withUnsafeBytes { raw in
      [UInt16](unsafeUninitializedCapacity: raw.count / 4) { halves, initialized in
        for index in 0..<raw.count / 4 {
          let value = raw.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
          halves[index] = Self.half(value, &clamped, &flushed)
        }
        initialized = raw.count / 4
      }
    }
    var result = source
    result.floatData = []
    result.dataType = ElementType.float16.onnxDataType
    result.rawData = halves.withUnsafeBytes { Data($0) }
    self.tensor = result
    (self.clamped, self.flushed) = (clamped, flushed)
  }

  private static func half(_ value: Float, _ clamped: inout Int, _ flushed: inout Int) -> UInt16 {
    let half = HalfPrecision.bits(value)
    if half & 0x7FFF == 0x7C00, value.isFinite {
      clamped += 1
      return half &- 1
    }
    if half & 0x7FFF == 0, value != 0 { flushed += 1 }
    return half
  }
}
