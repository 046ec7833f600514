// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

/// Scale and zero point of a tensor with 8-bit elements: value = scale · (element − zeroPoint).
package struct ActivationParameters: Hashable {
  let type: StaticQuantization.ActivationType
  package let scale: Float
  package let zeroPoint: Int

  /// The parameters whose integers cover a range as evenly as possible and represent 0 exactly.
  ///
  /// A range that is a point, or so small that its scale would be subnormal, gets the scale 1.
  package init(covering range: ActivationRange, as type: StaticQuantization.ActivationType) {
    self.type = type
    let range = range.includingZero
    // In double precision: the width of a range of floats may exceed the largest float.
    let scale = Float((Double(range.maximum) - Double(range.minimum)) / 255)
    guard scale.isNormal else {
      self.scale = 1
      zeroPoint = type.lowest
      return
    }
    self.scale = scale
    let offset = (-Double(range.minimum) / Double(scale)).rounded(.toNearestOrEven)
    zeroPoint = type.lowest + Int(min(max(offset, 0), 255))
  }

  /// The integer for a value.
  package func quantize(_ value: Float) -> UInt8 {
    let steps = (Double(value) / Double(scale)).rounded(.toNearestOrEven) + Double(zeroPoint)
    let clamped = Int(min(max(steps, Double(type.lowest)), Double(type.lowest + 255)))
    return UInt8(truncatingIfNeeded: clamped)
  }

  /// The value that an integer stands for.
  package func value(of byte: UInt8) -> Double {
    let element = type == .uint8 ? Int(byte) : Int(Int8(bitPattern: byte))
    return Double(scale) * Double(element - zeroPoint)
  }

  var scaleTensor: Tensor { get throws(ONNXError) { try .made([scale], []) } }

  var zeroPointTensor: Tensor {
    get throws(ONNXError) { try .made(bytes: [UInt8(truncatingIfNeeded: zeroPoint)], type.elementType, []) }
  }
}

extension Tensor {
  /// A tensor whose shape is right by construction; the error is only translated.
  static func made<Element: TensorElement>(_ values: [Element], _ shape: [Int]) throws(ONNXError) -> Tensor {
    try made(bytes: values.littleEndianBytes, Element.elementType, shape)
  }

  static func made(bytes: [UInt8], _ elementType: ElementType, _ shape: [Int]) throws(ONNXError) -> Tensor {
    do {
      return try Tensor(elementType: elementType, shape: shape, bytes: bytes)
    } catch {
      throw .unreadableTensor("", .invalidModel, error.description)
    }
  }
}

/// The root of the mean of the squares; 0 of nothing.
func rootMeanSquare(_ values: [Double]) -> Double {
  values.isEmpty ? 0 : (values.reduce(0) { $0 + $1 * $1 } / Double(values.count)).squareRoot()
}

extension StaticQuantization.ActivationType {
  var lowest: Int { self == .uint8 ? 0 : -128 }
  var elementType: ElementType { self == .uint8 ? .uint8 : .int8 }
}
