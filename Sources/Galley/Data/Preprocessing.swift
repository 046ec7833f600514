// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Images
public import Tensors

/// How an item's bytes become a model's input: one value, executed by one implementation (``PixelTransform``) in
/// training, in measurement and on the device.
///
/// The image is fitted into a size if there is one, its channels are put into the model's order, and each becomes
/// `(value * scale - mean) / deviation`, in float32. Means and deviations are in the model's order of channels.
public struct Preprocessing: Sendable, Hashable, Codable {
  /// The order of dimensions that the model expects of an image.
  public enum Layout: String, Sendable, Hashable, Codable {
    /// Items, channels, height, width.
    case nchw
    /// Items, height, width, channels: the order of the raw items.
    case nhwc
  }

  /// The channels that the model expects.
  public enum Colors: String, Sendable, Hashable, Codable, CaseIterable {
    /// Those of the item, in its order.
    case stored
    /// Red, green, blue; gray items give three equal channels, and opacity is dropped.
    case rgb
    /// Blue, green, red.
    case bgr
    /// How light a pixel is, by ITU-R 601.
    case gray
  }

  /// The order of dimensions that the model expects.
  public var layout: Layout
  /// Factor that brings raw values to the model's range, such as 1/255.
  public var scale: Float
  /// Mean of each channel after scaling; one for all channels or one for each.
  public var mean: [Float]
  /// Standard deviation of each channel after scaling; one for all channels or one for each.
  public var deviation: [Float]
  /// How items of any size become inputs of one size; `nil`: items keep their size.
  public var fit: ImageFit?
  /// The channels that the model expects.
  public var colors: Colors

  /// Creates a description.
  public init(
    layout: Layout = .nchw, scale: Float, mean: [Float] = [0], deviation: [Float] = [1], fit: ImageFit? = nil,
    colors: Colors = .stored
  ) {
    self.layout = layout
    self.scale = scale
    self.mean = mean
    self.deviation = deviation
    self.fit = fit
    self.colors = colors
  }

  private enum CodingKeys: String, CodingKey { case layout, scale, mean, deviation, fit, colors }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      layout: try container.decode(Layout.self, forKey: .layout),
      scale: try container.decode(Float.self, forKey: .scale),
      mean: try container.decode([Float].self, forKey: .mean),
      deviation: try container.decode([Float].self, forKey: .deviation),
      fit: try container.decodeIfPresent(ImageFit.self, forKey: .fit),
      colors: try container.decodeIfPresent(Colors.self, forKey: .colors) ?? .stored)
  }

  /// What is not said is left out, so that a description without fit and colours has the bytes that it always had.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(layout, forKey: .layout)
    try container.encode(scale, forKey: .scale)
    try container.encode(mean, forKey: .mean)
    try container.encode(deviation, forKey: .deviation)
    try container.encodeIfPresent(fit, forKey: .fit)
    if colors != .stored { try container.encode(colors, forKey: .colors) }
  }

  /// The shape of one input for raw items of `[height, width, channels]`.
  public func inputShape(height: Int, width: Int, channels: Int) -> [Int] {
    let (height, width) = (fit?.result.height ?? height, fit?.result.width ?? width)
    let channels = channelCount(of: channels)
    return layout == .nchw ? [channels, height, width] : [height, width, channels]
  }

  /// Channels of an input for items of `channels`.
  func channelCount(of channels: Int) -> Int {
    switch colors {
    case .stored: channels
    case .rgb, .bgr: 3
    case .gray: 1
    }
  }

  /// The model's input for raw items of `[items, height, width, channels]`, uint8 or float32.
  /// - Throws: `GalleyError` if the shape or type is another, a channel has no mean or deviation, or items that are not
  ///   uint8 images would have to be resized or recoloured.
  public func apply(to items: Tensor) throws -> Tensor {
    guard items.shape.count == 4 else {
      throw refusal("items of shape \(items.shape) are not [items, height, width, channels]")
    }
    let (count, height, width, channels) = (items.shape[0], items.shape[1], items.shape[2], items.shape[3])
    let transform = try PixelTransform(
      self, height: height, width: width, channels: channels, elementType: items.elementType)
    var output = [Float](repeating: 0, count: count * transform.outputCount)
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

  /// What preprocesses images of any size and kind, as files give them.
  /// - Throws: `GalleyError` if no size or no colours are said, the size isn't that of an image, or constants don't fit.
  package func imageTransform() throws(GalleyError) -> PixelTransform {
    guard let fit, colors != .stored else {
      throw refusal("image files need a size to be fitted into and colours, and the preprocessing says only a part")
    }
    let limits = ImageLimits()
    for size in [fit.size, fit.result] {
      guard size.width >= 1, size.height >= 1, max(size.width, size.height) <= limits.side,
        size.width <= limits.pixels / size.height
      else { throw refusal("images can't be fitted into \(size) pixels") }
    }
    do throws(ImageError) {
      _ = try fit.placement(of: fit.size)
    } catch {
      throw refusal(error.reason)
    }
    return try PixelTransform(self, channels: channelCount(of: 0))
  }

  private func refusal(_ why: String) -> GalleyError { GalleyError(.badData, "can't preprocess items", why: why) }
}
