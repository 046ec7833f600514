// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CTorchShim

/// Matrix products and reductions. Dimensions may be negative, counted from the end.
extension TorchTensor {
  /// The matrix product; leading dimensions are batches, as in NumPy's `matmul`.
  public func matrixProduct(_ right: TorchTensor) throws(TorchError) -> TorchTensor {
    try library.make("matrix product") { library.api.matrix_product(handle, right.handle, $0) }
  }

  /// The sum over `dimensions`, or over all of them when the list is empty.
  public func sum(over dimensions: [Int] = [], keepingDimensions: Bool = false) throws(TorchError) -> TorchTensor {
    try library.make("sum") { out in
      dimensions.withTorchInts { library.api.sum(handle, $0, keepingDimensions ? 1 : 0, out) }
    }
  }

  /// The mean over `dimensions`, or over all of them when the list is empty.
  public func mean(over dimensions: [Int] = [], keepingDimensions: Bool = false) throws(TorchError) -> TorchTensor {
    try library.make("mean") { out in
      dimensions.withTorchInts { library.api.mean(handle, $0, keepingDimensions ? 1 : 0, out) }
    }
  }

  /// The largest element over `dimensions`, or over all of them when the list is empty.
  public func largest(over dimensions: [Int] = [], keepingDimensions: Bool = false) throws(TorchError) -> TorchTensor {
    try library.make("largest element") { out in
      dimensions.withTorchInts { library.api.largest(handle, $0, keepingDimensions ? 1 : 0, out) }
    }
  }

  /// Where the largest element lies along `dimension`, as int64.
  public func argumentOfLargest(along dimension: Int) throws(TorchError) -> TorchTensor {
    try library.make("argmax") { library.api.argument_of_largest(handle, Int64(dimension), $0) }
  }

  /// Exponentials that add up to 1 along `dimension`.
  public func softmax(along dimension: Int) throws(TorchError) -> TorchTensor {
    try library.make("softmax") { library.api.softmax(handle, Int64(dimension), $0) }
  }

  /// The logarithm of ``softmax(along:)``, computed without overflow.
  public func logSoftmax(along dimension: Int) throws(TorchError) -> TorchTensor {
    try library.make("log softmax") { library.api.log_softmax(handle, Int64(dimension), $0) }
  }
}
