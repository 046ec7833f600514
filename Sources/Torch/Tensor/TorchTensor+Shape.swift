// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim

/// Changes of shape. Dimensions may be negative, counted from the end.
extension TorchTensor {
  /// The same elements under another shape; one extent may be -1 and is computed.
  public func reshaped(_ shape: [Int]) throws(TorchError) -> TorchTensor {
    try library.make("reshape") { out in shape.withTorchInts { library.api.reshape(handle, $0, out) } }
  }

  /// The dimensions in another order.
  public func permuted(_ dimensions: [Int]) throws(TorchError) -> TorchTensor {
    try library.make("permute") { out in dimensions.withTorchInts { library.api.permute(handle, $0, out) } }
  }

  /// Repeats along dimensions of extent 1, without copying.
  public func broadcast(to shape: [Int]) throws(TorchError) -> TorchTensor {
    try library.make("broadcast") { out in shape.withTorchInts { library.api.broadcast(handle, $0, out) } }
  }

  /// Makes one dimension of those from `first` to `last`.
  public func flattened(from first: Int = 0, to last: Int = -1) throws(TorchError) -> TorchTensor {
    try library.make("flatten") { library.api.flatten(handle, Int64(first), Int64(last), $0) }
  }

  /// The elements at `indices` along `dimension`; a copy.
  public func selecting(_ indices: [Int], along dimension: Int = 0) throws(TorchError) -> TorchTensor {
    let list = try TorchTensor(indices.map(Int64.init), shape: [indices.count], in: library)
    return try library.make("selection") { library.api.select(handle, Int64(dimension), list.handle, $0) }
  }

  /// The elements at `range` along `dimension`; shares memory.
  public func sliced(_ range: Range<Int>, along dimension: Int = 0) throws(TorchError) -> TorchTensor {
    try library.make("slice") {
      library.api.slice(handle, Int64(dimension), Int64(range.lowerBound), Int64(range.count), $0)
    }
  }

  /// Adds borders with the element `value`; `amounts` is how much before and after, the last dimension first.
  public func padded(_ amounts: [Int], with value: Double = 0) throws(TorchError) -> TorchTensor {
    try library.make("padding") { out in amounts.withTorchInts { library.api.pad(handle, $0, value, out) } }
  }

  /// Puts tensors behind one another along `dimension`.
  /// - Throws: `TorchError` if there are none, or their other dimensions differ.
  public static func concatenated(_ tensors: [TorchTensor], along dimension: Int) throws(TorchError) -> TorchTensor {
    guard let library = tensors.first?.library else {
      throw TorchError(
        .invalidArgument, "concatenation failed", because: "there are no tensors", remedy: "give one at least")
    }
    let handles = tensors.map(\.handle)
    return try library.make("concatenation") { out in
      handles.withUnsafeBufferPointer { buffer in
        library.api.concatenate(.init(values: buffer.baseAddress, count: Int64(buffer.count)), Int64(dimension), out)
      }
    }
  }
}
