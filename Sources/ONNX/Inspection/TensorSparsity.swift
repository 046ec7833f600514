// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Tensors

/// How many of a weight's elements are zero.
public struct TensorSparsity: Sendable, Hashable, Codable {
  /// The tensor's name.
  public var name: String
  /// The number of elements.
  public var elements: Int
  /// Those that are zero, with either sign.
  public var zeros: Int
  /// The share of zeros, 0…1.
  public var share: Double { elements == 0 ? 0 : Double(zeros) / Double(elements) }
}

extension Model {
  /// The weights of rank 2 or more whose elements are numbers of 8, 16, 32 or 64 bits inside the file. For a quantized
  /// weight the zero is the number 0, which stands for zero where weights are symmetric.
  var sparsity: [TensorSparsity] {
    proto.graph.withSubgraphs.flatMap(\.initializer).compactMap { tensor in
      guard tensor.dims.count >= 2, let type = ElementType(onnx: tensor.dataType), let zeros = tensor.zeros(type) else {
        return nil
      }
      return TensorSparsity(name: tensor.name, elements: zeros.of, zeros: zeros.count)
    }
  }
}

extension Onnx_TensorProto {
  fileprivate func zeros(_ type: ElementType) -> (count: Int, of: Int)? {
    guard hasRawData else {
      guard let tensor = try? tensor(named: name) else { return nil }
      return tensor.bytes.withUnsafeBytes { Self.zeros($0, type) }
    }
    guard rawData.count == elementBytes else { return nil }
    return rawData.withUnsafeBytes { Self.zeros($0, type) }
  }

  private static func zeros(_ bytes: UnsafeRawBufferPointer, _ type: ElementType) -> (count: Int, of: Int)? {
    switch type {
    case .float32: count(bytes, ignoring: UInt32(0x8000_0000))
    case .float16, .bfloat16: count(bytes, ignoring: UInt16(0x8000))
    case .float64: count(bytes, ignoring: UInt64(1) << 63)
    case .int8, .uint8: count(bytes, ignoring: UInt8(0))
    case .int16, .uint16: count(bytes, ignoring: UInt16(0))
    case .int32, .uint32: count(bytes, ignoring: UInt32(0))
    case .int64, .uint64: count(bytes, ignoring: UInt64(0))
    default: nil
    }
  }

  /// Elements that are zero apart from the given bits.
  private static func count<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, ignoring sign: Bits
  ) -> (count: Int, of: Int) {
    let size = MemoryLayout<Bits>.size
    var zeros = 0
    for index in 0..<bytes.count / size {
      zeros += bytes.loadUnaligned(fromByteOffset: index * size, as: Bits.self) & ~sign == 0 ? 1 : 0
    }
    return (zeros, bytes.count / size)
  }
}
