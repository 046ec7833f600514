// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

/// A ``Preprocessing`` made ready for items of one size and type: the one implementation, which allocates nothing.
public struct PixelTransform: Sendable {
  /// Bytes of one raw item.
  public let itemByteCount: Int
  /// Values of one model input.
  public let outputCount: Int

  /// One channel's constants.
  private struct Channel {
    var mean: Float
    var factor: Float
  }

  private let pixels: Int
  private let channels: [Channel]
  private let scale: Float
  private let layout: Preprocessing.Layout
  /// The 256 results of each channel for uint8 items; empty for float32 items.
  private let table: [Float]

  /// Makes `preprocessing` ready for items of `[height, width, channels]`.
  /// - Throws: `GalleyError` if the type is neither uint8 nor float32, or a channel has no mean or deviation.
  public init(
    _ preprocessing: Preprocessing, height: Int, width: Int, channels count: Int, elementType: ElementType
  ) throws(GalleyError) {
    guard elementType == .uint8 || elementType == .float32 else {
      throw Self.refusal("\(elementType) items can't be preprocessed; uint8 and float32 can")
    }
    let means = try Self.spread(preprocessing.mean, over: count, "mean")
    let deviations = try Self.spread(preprocessing.deviation, over: count, "deviation")
    let channels = zip(means, deviations).map { Channel(mean: $0, factor: 1 / $1) }
    let scale = preprocessing.scale
    self.channels = channels
    self.scale = scale
    layout = preprocessing.layout
    pixels = height * width
    outputCount = pixels * count
    itemByteCount = outputCount * elementType.byteCount
    table =
      elementType == .uint8
      ? channels.flatMap { channel in (0..<256).map { (Float($0) * scale - channel.mean) * channel.factor } } : []
  }

  /// Writes the model's input for one raw item.
  /// - Parameters:
  ///   - item: ``itemByteCount`` bytes in the order height, width, channels.
  ///   - output: Room for ``outputCount`` values.
  /// - Throws: `GalleyError` if either has another size.
  public func apply(
    _ item: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Float>
  ) throws(GalleyError) {
    guard item.count == itemByteCount, output.count == outputCount else {
      throw Self.refusal(
        "an item of \(item.count) bytes for \(output.count) values was given, not of \(itemByteCount) for \(outputCount)"
      )
    }
    if table.isEmpty { transform(item, output) } else { look(up: item, output) }
  }

  private func look(up item: UnsafeRawBufferPointer, _ output: UnsafeMutableBufferPointer<Float>) {
    table.withUnsafeBufferPointer { table in
      for channel in 0..<channels.count {
        let results = UnsafeBufferPointer(rebasing: table[channel * 256..<(channel + 1) * 256])
        forEachPixel(of: channel) { source, target in output[target] = results[Int(item[source])] }
      }
    }
  }

  private func transform(_ item: UnsafeRawBufferPointer, _ output: UnsafeMutableBufferPointer<Float>) {
    for (index, channel) in channels.enumerated() {
      forEachPixel(of: index) { source, target in
        let value = item.loadUnaligned(fromByteOffset: source * 4, as: Float.self)
        output[target] = (value * scale - channel.mean) * channel.factor
      }
    }
  }

  /// Gives `body` where each value of a channel is in the item and where it goes.
  @inline(__always)
  private func forEachPixel(of channel: Int, _ body: (Int, Int) -> Void) {
    let step = channels.count
    let (first, targetStep) = layout == .nchw ? (channel * pixels, 1) : (channel, step)
    for pixel in 0..<pixels { body(pixel * step + channel, first + pixel * targetStep) }
  }

  private static func spread(_ values: [Float], over channels: Int, _ name: String) throws(GalleyError) -> [Float] {
    if values.count == channels { return values }
    guard values.count == 1, let value = values.first else {
      throw refusal("\(values.count) values of \(name) don't fit \(channels) channels")
    }
    return [Float](repeating: value, count: channels)
  }

  private static func refusal(_ why: String) -> GalleyError {
    GalleyError(.badData, "can't preprocess items", why: why)
  }
}
