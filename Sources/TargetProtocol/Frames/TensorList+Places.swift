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
    var writer = WireWriter()
    try write(headsOf: tensors, to: &writer)
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
    var (places, offset): ([Place], Int) = ([], heads.count)
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
