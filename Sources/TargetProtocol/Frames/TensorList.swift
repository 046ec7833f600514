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
    try encode(tensors, behind: WireWriter())
  }

  /// The bytes of tensors behind what was written already.
  static func encode(_ tensors: [Tensor], behind written: WireWriter) throws(ProtocolViolation) -> Data {
    var writer = written
    writer.reserve(tensors.reduce(0) { $0 + $1.bytes.count + 8 + 4 * mostDimensions })
    try write(headsOf: tensors.map { ($0.elementType, $0.shape) }, to: &writer)
    for tensor in tensors { writer.bytes(tensor.bytes) }
    return writer.data
  }

  /// The tensors in bytes.
  /// - Throws: ``ProtocolViolation`` if the bytes aren't such a list, to the last byte.
  public static func decode(_ bytes: Data) throws(ProtocolViolation) -> [Tensor] {
    var reader = WireReader(bytes)
    var tensors: [Tensor] = []
    for (type, shape) in try Self.heads(&reader) {
      do throws(TensorError) {
        let content = try reader.content(of: type, shape)
        tensors.append(try Tensor(elementType: type, shape: shape, bytes: content))
      } catch { throw ProtocolViolation("a tensor of shape \(shape) doesn't fit its bytes") }
    }
    try reader.finish()
    return tensors
  }

  /// Writes what stands before the tensors' bytes.
  static func write(
    headsOf tensors: [(elementType: ElementType, shape: [Int])], to writer: inout WireWriter
  ) throws(ProtocolViolation) {
    guard tensors.count <= mostTensors else { throw ProtocolViolation("\(tensors.count) tensors are too many") }
    writer.uint32(UInt32(tensors.count))
    for (elementType, shape) in tensors {
      guard let number = types.firstIndex(of: elementType), shape.count <= mostDimensions,
        shape.allSatisfy({ UInt32(exactly: $0) != nil })
      else { throw ProtocolViolation("a tensor of shape \(shape) can't be written") }
      writer.byte(UInt8(number))
      writer.byte(UInt8(shape.count))
      writer.uint16(0)
      for extent in shape { writer.uint32(UInt32(clamping: extent)) }
    }
  }

  /// Reads it.
  static func heads(_ reader: inout WireReader) throws(ProtocolViolation) -> [(ElementType, [Int])] {
    let count = try reader.uint32()
    guard count <= UInt32(mostTensors) else { throw ProtocolViolation("\(count) tensors are too many") }
    var heads: [(ElementType, [Int])] = []
    for _ in 0..<count { heads.append(try head(&reader)) }
    return heads
  }

  private static func head(_ reader: inout WireReader) throws(ProtocolViolation) -> (ElementType, [Int]) {
    let (number, rank) = (Int(try reader.byte()), Int(try reader.byte()))
    guard number < types.count, rank <= mostDimensions, try reader.uint16() == 0 else {
      throw ProtocolViolation("a tensor has element type \(number) and \(rank) dimensions")
    }
    var shape: [Int] = []
    for _ in 0..<rank { shape.append(Int(try reader.uint32())) }
    return (types[number], shape)
  }
}

extension WireReader {
  /// A tensor's bytes; no more are taken than are there.
  fileprivate mutating func content(of type: ElementType, _ shape: [Int]) throws(TensorError) -> [UInt8] {
    let count = try Tensor.byteCount(type, shape)
    guard let content = try? bytes(count) else {
      throw TensorError(.sizeMismatch, "\(remaining.count) bytes are left of \(count)")
    }
    return Array(content)
  }
}
