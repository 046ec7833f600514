// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import FoundationEssentials
package import Tensors

extension TensorList {
  /// A tensor of a list by where its bytes lie.
  package struct Place: Sendable, Hashable {
    package var elementType: ElementType
    package var shape: [Int]
    /// The bytes, counted from the list's beginning.
    package var range: Range<Int>
  }

  /// Most bytes of the heads of a list.
  package static let longestHeads = 4 + mostTensors * (4 + 4 * mostDimensions)

  /// The list's beginning: what stands before the tensors' bytes.
  /// - Throws: ``ProtocolViolation`` as ``encode(_:)``.
  package static func heads(
    of tensors: [(elementType: ElementType, shape: [Int])]
  ) throws(ProtocolViolation) -> Data {
    guard tensors.count <= mostTensors else { throw ProtocolViolation("\(tensors.count) tensors are too many") }
    var writer = WireWriter()
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
    return writer.data
  }

  /// Where the tensors of a list lie, of which only the heads are here.
  /// - Parameter total: How many bytes the whole list has.
  /// - Throws: ``ProtocolViolation`` if the heads don't fit a list of that length, to the last byte.
  package static func places(
    behind heads: Data, total: Int
  ) throws(ProtocolViolation) -> [Place] {
    var reader = WireReader(heads)
    let found = try Self.heads(&reader)
    try reader.finish()
    return try places(of: found, from: heads.count, total: total)
  }

  /// Where the tensors of a list lie.
  /// - Returns: also how many bytes the heads have.
  /// - Throws: ``ProtocolViolation`` if the bytes aren't such a list, to the last byte.
  package static func places(in list: Data) throws(ProtocolViolation) -> (places: [Place], headCount: Int) {
    var reader = WireReader(list)
    let found = try Self.heads(&reader)
    let headCount = list.count - reader.remaining.count
    return (try places(of: found, from: headCount, total: list.count), headCount)
  }

  private static func heads(_ reader: inout WireReader) throws(ProtocolViolation) -> [(ElementType, [Int])] {
    let count = try reader.uint32()
    guard count <= UInt32(mostTensors) else { throw ProtocolViolation("\(count) tensors are too many") }
    var found: [(ElementType, [Int])] = []
    for _ in 0..<count { found.append(try head(&reader)) }
    return found
  }

  private static func places(
    of found: [(ElementType, [Int])], from headCount: Int, total: Int
  ) throws(ProtocolViolation) -> [Place] {
    var (places, offset): ([Place], Int) = ([], headCount)
    for (elementType, shape) in found {
      guard let length = try? Tensor.byteCount(elementType, shape), length <= total - offset else {
        throw ProtocolViolation("a tensor of shape \(shape) doesn't fit its bytes")
      }
      places.append(Place(elementType: elementType, shape: shape, range: offset..<offset + length))
      offset += length
    }
    guard offset == total else { throw ProtocolViolation("\(total - offset) bytes lie behind the tensors") }
    return places
  }
}
