// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
public import Tensors

/// Tensors in the bytes in which they travel: the heads were checked, the contents are as they came. Who passes tensors
/// on needs no copy of them.
public struct EncodedTensors: Sendable, Hashable {
  /// The whole list.
  public let bytes: Data
  /// How many of the bytes are heads.
  package let headCount: Int

  /// Takes a list's bytes.
  /// - Throws: ``ProtocolViolation`` if they aren't a list, to the last byte.
  public init(_ bytes: Data) throws(ProtocolViolation) {
    headCount = try TensorList.places(in: bytes).headCount
    self.bytes = bytes
  }

  /// Writes tensors.
  /// - Throws: ``ProtocolViolation`` as ``TensorList/encode(_:)``.
  public init(_ tensors: [Tensor]) throws(ProtocolViolation) { try self.init(TensorList.encode(tensors)) }

  /// The tensors, each with a copy of its bytes.
  /// - Throws: ``ProtocolViolation`` as ``TensorList/decode(_:)``.
  public func tensors() throws(ProtocolViolation) -> [Tensor] { try TensorList.decode(bytes) }
}
