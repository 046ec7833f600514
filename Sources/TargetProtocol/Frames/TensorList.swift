// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
public import Tensors

/// Tensors as they travel with an inference: a count, each one's element type and shape, then their bytes one after the
/// other, as `Documentation/target-protocol.md` has them.
public enum TensorList {
  /// Most tensors in a list.
  public static let mostTensors = 256
  /// Most dimensions of a tensor.
  public static let mostDimensions = 16

  /// The element types by their number on the wire.
  static let types: [ElementType] = [
    .bool, .uint8, .uint16, .uint32, .uint64, .int8, .int16, .int32, .int64, .float16, .bfloat16, .float32, .float64,
    .complex64, .complex128, .float8e4m3fn, .float8e4m3fnuz, .float8e5m2, .float8e5m2fnuz, .int4, .uint4,
  ]

  /// The bytes of tensors.
  /// - Throws: ``ProtocolViolation`` if there are too many, or one has too many or too large dimensions.
  public static func encode(_ tensors: [Tensor]) throws(ProtocolViolation) -> Data {
    let beginning = try heads(of: tensors.map { ($0.elementType, $0.shape) })
    var writer = WireWriter(capacity: tensors.reduce(beginning.count) { $0 + $1.bytes.count })
    writer.bytes(beginning)
    for tensor in tensors { writer.bytes(tensor.bytes) }
    return writer.data
  }

  /// The tensors in bytes.
  /// - Throws: ``ProtocolViolation`` if the bytes aren't such a list, to the last byte.
  public static func decode(_ bytes: Data) throws(ProtocolViolation) -> [Tensor] {
    var tensors: [Tensor] = []
    for place in try places(in: bytes).places {
      let content = [UInt8](bytes.dropFirst(place.range.lowerBound).prefix(place.range.count))
      do throws(TensorError) {
        tensors.append(try Tensor(elementType: place.elementType, shape: place.shape, bytes: content))
      } catch { throw ProtocolViolation("a tensor of shape \(place.shape) doesn't fit its bytes") }
    }
    return tensors
  }

  static func head(_ reader: inout WireReader) throws(ProtocolViolation) -> (ElementType, [Int]) {
    let (number, rank) = (Int(try reader.byte()), Int(try reader.byte()))
    guard number < types.count, rank <= mostDimensions, try reader.uint16() == 0 else {
      throw ProtocolViolation("a tensor has element type \(number) and \(rank) dimensions")
    }
    var shape: [Int] = []
    for _ in 0..<rank { shape.append(Int(try reader.uint32())) }
    return (types[number], shape)
  }
}
