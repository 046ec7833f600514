// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

/// How an item's bytes become a model's input: one value, executed by one implementation in training, in measurement
/// and on the device.
///
/// Each channel becomes `(value * scale - mean) / deviation`, in float32.
public struct Preprocessing: Sendable, Hashable, Codable {
  /// The order of dimensions that the model expects of an image.
  public enum Layout: String, Sendable, Hashable, Codable {
    /// Items, channels, height, width.
    case nchw
    /// Items, height, width, channels: the order of the raw items.
    case nhwc
  }

  /// The order of dimensions that the model expects.
  public var layout: Layout
  /// Factor that brings raw values to the model's range, such as 1/255.
  public var scale: Float
  /// Mean of each channel after scaling; one for all channels or one for each.
  public var mean: [Float]
  /// Standard deviation of each channel after scaling; one for all channels or one for each.
  public var deviation: [Float]

  /// Creates a description.
  public init(layout: Layout = .nchw, scale: Float, mean: [Float] = [0], deviation: [Float] = [1]) {
    self.layout = layout
    self.scale = scale
    self.mean = mean
    self.deviation = deviation
  }

  /// The shape of one input for raw items of `[height, width, channels]`.
  public func inputShape(height: Int, width: Int, channels: Int) -> [Int] {
    layout == .nchw ? [channels, height, width] : [height, width, channels]
  }

  /// The model's input for raw items of `[items, height, width, channels]`, uint8 or float32.
  /// - Throws: `GalleyError` if the shape or type is another, or a channel has no mean or deviation.
  public func apply(to items: Tensor) throws -> Tensor {
    guard items.shape.count == 4 else {
      throw refusal("items of shape \(items.shape) are not [items, height, width, channels]")
    }
    let (count, height, width, channels) = (items.shape[0], items.shape[1], items.shape[2], items.shape[3])
    let transform = try PixelTransform(
      self, height: height, width: width, channels: channels, elementType: items.elementType)
    var output = [Float](repeating: 0, count: items.count)
    try items.bytes.withUnsafeBytes { bytes in
      try output.withUnsafeMutableBufferPointer { output in
        for item in 0..<count {
          let source = item * transform.itemByteCount..<(item + 1) * transform.itemByteCount
          let target = item * transform.outputCount..<(item + 1) * transform.outputCount
          try transform.apply(
            UnsafeRawBufferPointer(rebasing: bytes[source]), into: UnsafeMutableBufferPointer(rebasing: output[target]))
        }
      }
    }
    return try Tensor(output, shape: [count] + inputShape(height: height, width: width, channels: channels))
  }

  private func refusal(_ why: String) -> GalleyError { GalleyError(.badData, "can't preprocess items", why: why) }
}
