// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension OpenVINOIR {
  /// The multiply-accumulate operations of the network, graphs within operations left out.
  ///
  /// Counted as usual: one for each product that is added to a sum. Open extents count as 1.
  /// - Returns: the sum over the operations that have a rule here, and those that multiply but have none.
  func multiplyAccumulates() -> (count: Int, uncounted: Set<String>) {
    var total = 0
    var uncounted: Set<String> = []
    for layer in layers {
      guard Self.multiplying.contains(layer.type) else {
        if Self.recurrent.contains(layer.type) { uncounted.insert(layer.type) }
        continue
      }
      guard let products = Self.products(layer), case let (sum, overflow) = total.addingReportingOverflow(products),
        !overflow
      else {
        uncounted.insert(layer.type)
        continue
      }
      total = sum
    }
    return (total, uncounted)
  }

  private static let multiplying: Set = [
    "Convolution", "GroupConvolution", "ConvolutionBackpropData", "GroupConvolutionBackpropData", "MatMul",
  ]
  private static let recurrent: Set = [
    "LSTMSequence", "GRUSequence", "RNNSequence", "LSTMCell", "GRUCell", "RNNCell", "Loop", "TensorIterator", "If",
    "ScaledDotProductAttention", "DeformableConvolution", "BinaryConvolution", "Einsum",
  ]

  private static func products(_ layer: Layer) -> Int? {
    guard layer.inputs.count >= 2, let output = layer.outputs.first?.shape.map({ $0 ?? 1 }) else { return nil }
    let data = layer.inputs[0].shape.map { $0 ?? 1 }
    let filters = layer.inputs[1].shape.map { $0 ?? 1 }
    // Filters are [out, in, …], in groups [groups, out, in, …], backwards with in and out swapped.
    switch layer.type {
    case "Convolution" where filters.count > 2:
      return Extents.product(output + filters.dropFirst())
    case "GroupConvolution" where filters.count > 3:
      return Extents.product(output + filters.dropFirst(2))
    case "ConvolutionBackpropData" where filters.count > 2:
      return Extents.product(data + filters.dropFirst())
    case "GroupConvolutionBackpropData" where filters.count > 3:
      return Extents.product(data + filters.dropFirst(2))
    case "MatMul":
      let isTransposed = layer.attributes["transpose_a"].map { $0 == "true" || $0 == "1" } ?? false
      guard let sum = isTransposed && data.count > 1 ? data.dropLast().last : data.last else { return nil }
      return Extents.product(output + [sum])
    default: return nil
    }
  }
}
