// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Tensors

/// Compares an output with the one expected, as onnx's own runner does with NumPy's `assert_allclose`.
struct SuiteComparison {
  /// Allowed difference relative to the expected value.
  let relative: Double
  /// Allowed difference beside it.
  let absolute: Double

  /// - Throws: `SuiteDifference` that says where the values part.
  func check(_ found: ModelValue, _ expected: ModelValue, _ place: String) throws {
    switch (found, expected) {
    case (.tensor(let found), .tensor(let expected)): try check(found, expected, place)
    case (.strings(let found), .strings(let expected)):
      guard found == expected else { throw SuiteDifference("\(place): \(found.values), not \(expected.values)") }
    case (.sequence(let found), .sequence(let expected)):
      guard found.count == expected.count else {
        throw SuiteDifference("\(place): \(found.count) values, not \(expected.count)")
      }
      for (index, pair) in zip(found, expected).enumerated() { try check(pair.0, pair.1, "\(place)[\(index)]") }
    case (.absent, .absent): return
    default: throw SuiteDifference("\(place): a value of another kind")
    }
  }

  private func check(_ found: Tensor, _ expected: Tensor, _ place: String) throws {
    guard found.elementType == expected.elementType else {
      throw SuiteDifference("\(place): \(found.elementType), not \(expected.elementType)")
    }
    guard found.shape == expected.shape else {
      throw SuiteDifference("\(place): shape \(found.shape), not \(expected.shape)")
    }
    if found.bytes == expected.bytes { return }
    guard let (a, b) = try numbers(found, expected) else {
      throw SuiteDifference("\(place): other \(found.elementType) values")
    }
    for (index, (x, y)) in zip(a, b).enumerated() where !isClose(x, y) {
      throw SuiteDifference("\(place): element \(index) is \(x), not \(y)")
    }
  }

  private func isClose(_ found: Double, _ expected: Double) -> Bool {
    if found.isNaN || expected.isNaN { return found.isNaN && expected.isNaN }
    if found == expected { return true }
    return expected.isFinite && abs(found - expected) <= absolute + relative * abs(expected)
  }

  /// Both tensors' elements; `nil` for types that NumPy doesn't call numbers, which must agree to the bit.
  private func numbers(_ a: Tensor, _ b: Tensor) throws -> ([Double], [Double])? {
    guard let first = try numbers(a), let second = try numbers(b) else { return nil }
    return (first, second)
  }

  private func numbers(_ tensor: Tensor) throws -> [Double]? {
    switch tensor.elementType {
    case .float32: return try tensor.values(as: Float.self).map { Double($0) }
    case .float64: return try tensor.values(as: Double.self)
    case .float16: return halves(tensor)
    case .uint8: return try whole(tensor, UInt8.self)
    case .uint16: return try whole(tensor, UInt16.self)
    case .uint32: return try whole(tensor, UInt32.self)
    case .uint64: return try whole(tensor, UInt64.self)
    case .int8: return try whole(tensor, Int8.self)
    case .int16: return try whole(tensor, Int16.self)
    case .int32: return try whole(tensor, Int32.self)
    case .int64: return try whole(tensor, Int64.self)
    case .int4, .uint4: return nibbles(tensor)
    default: return nil
    }
  }

  private func whole<Element: TensorElement & BinaryInteger>(
    _ tensor: Tensor, _ type: Element.Type
  ) throws -> [Double] { try tensor.values(as: type).map { Double($0) } }

  /// The bits of four-bit elements; half a byte is left over after an odd number.
  private func nibbles(_ tensor: Tensor) -> [Double] {
    let nibbles = tensor.bytes.flatMap { byte in [byte & 15, byte >> 4] }
    return nibbles.prefix(tensor.count).map { Double($0) }
  }

  private func halves(_ tensor: Tensor) -> [Double] {
    tensor.bytes.withUnsafeBytes { bytes in
      (0..<bytes.count / 2).map { Double(bytes.loadUnaligned(fromByteOffset: $0 * 2, as: Float16.self)) }
    }
  }
}
