// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Images
public import Tensors

/// A ``Preprocessing`` made ready: the one implementation.
///
/// Items of one size that keep it are transformed without any allocation. Images of any size are taken where the
/// preprocessing has a size; decoding them needs libvips, and nothing else does.
public struct PixelTransform: Sendable {
  /// Bytes of one raw item; 0 for a transform that takes images of any size.
  public let itemByteCount: Int
  /// Values of one model input.
  public let outputCount: Int

  /// One channel's constants.
  private struct Channel {
    var mean: Float
    var factor: Float
  }

  private let fit: ImageFit?
  private let colors: Preprocessing.Colors
  /// The size of raw items; the channels of items of any size are those of their format.
  private let itemSize: (size: Images.PixelSize, format: PixelFormat)?
  private let pixels: Int
  private let channels: [Channel]
  private let scale: Float
  private let layout: Preprocessing.Layout
  /// The 256 results of each channel for uint8 items; empty for float32 items.
  private let table: [Float]

  /// Makes `preprocessing` ready for items of `[height, width, channels]`.
  /// - Throws: `GalleyError` if the type is neither uint8 nor float32, a channel has no mean or deviation, or items that
  ///   are no uint8 images would have to be resized or recoloured.
  public init(
    _ preprocessing: Preprocessing, height: Int, width: Int, channels count: Int, elementType: ElementType
  ) throws(GalleyError) {
    guard elementType == .uint8 || elementType == .float32 else {
      throw Self.refusal("\(elementType) items can't be preprocessed; uint8 and float32 can")
    }
    let size = Images.PixelSize(width: width, height: height)
    var itemSize: (size: Images.PixelSize, format: PixelFormat)?
    if preprocessing.fit != nil || preprocessing.colors != .stored {
      guard let format = PixelFormat(channels: count), elementType == .uint8 else {
        throw Self.refusal(
          "\(elementType) items of \(count) channels can't be resized or recoloured; uint8 images can")
      }
      itemSize = (size, format)
      _ = try Self.translating { () throws(ImageError) in try preprocessing.fit?.placement(of: size) }
    }
    let result = preprocessing.fit?.result ?? size
    try self.init(
      preprocessing, result, channels: preprocessing.channelCount(of: count), usesTable: elementType == .uint8,
      itemSize: itemSize, itemByteCount: width * height * count * elementType.byteCount)
  }

  /// Makes `preprocessing` ready for images of any size.
  /// - Parameter channels: those of the images, if the preprocessing keeps them.
  /// - Throws: `GalleyError` if the preprocessing has no size, or a channel has no mean or deviation.
  public init(_ preprocessing: Preprocessing, channels: Int) throws(GalleyError) {
    guard let fit = preprocessing.fit else {
      throw Self.refusal("images of any size need a size to be fitted into, and the preprocessing has none")
    }
    try self.init(
      preprocessing, fit.result, channels: preprocessing.channelCount(of: channels), usesTable: true, itemSize: nil,
      itemByteCount: 0)
  }

  private init(
    _ preprocessing: Preprocessing, _ size: Images.PixelSize, channels count: Int, usesTable: Bool,
    itemSize: (size: Images.PixelSize, format: PixelFormat)?, itemByteCount: Int
  ) throws(GalleyError) {
    let means = try Self.spread(preprocessing.mean, over: count, "mean")
    let deviations = try Self.spread(preprocessing.deviation, over: count, "deviation")
    let channels = zip(means, deviations).map { Channel(mean: $0, factor: 1 / $1) }
    let scale = preprocessing.scale
    self.channels = channels
    self.scale = scale
    self.itemSize = itemSize
    self.itemByteCount = itemByteCount
    fit = preprocessing.fit
    colors = preprocessing.colors
    layout = preprocessing.layout
    pixels = size.width * size.height
    outputCount = pixels * count
    table =
      usesTable
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
    if let itemSize {
      let image = try Self.translating { () throws(ImageError) in
        try Image(
          width: itemSize.size.width, height: itemSize.size.height, format: itemSize.format, bytes: Array(item))
      }
      try apply(image, into: output)
    } else if table.isEmpty {
      transform(item, output)
    } else {
      look(up: item, output)
    }
  }

  /// Writes the model's input for an image of any size with 8-bit samples.
  /// - Parameter output: Room for ``outputCount`` values.
  /// - Throws: `GalleyError` if the image can't be fitted, has other channels, or there is no room.
  public func apply(_ image: Image, into output: UnsafeMutableBufferPointer<Float>) throws(GalleyError) {
    let image = try Self.translating { () throws(ImageError) in
      let colored =
        switch colors {
        case .stored: image
        case .rgb, .bgr: image.converted(to: .rgb)
        case .gray: image.converted(to: .gray)
        }
      guard let fit else { return colored }
      return try colored.fitted(fit)
    }
    try apply(fitted: image, into: output)
  }

  /// Decodes an image file and writes the model's input. The image is fitted while it is decoded: it is never whole in
  /// memory.
  /// - Throws: `GalleyError` that names the file and gives the decoder's words.
  public func apply(
    imageAt path: String, options: DecodingOptions = DecodingOptions(), into output: inout [Float]
  ) throws(GalleyError) {
    let image = try Self.translating { () throws(ImageError) in
      let options = colored(options)
      guard let fit else { return try Image(contentsOf: path, options: options) }
      return try Image(contentsOf: path, fit: fit, options: options)
    }
    let outcome = output.withUnsafeMutableBufferPointer { output in
      Result { () throws(GalleyError) in try apply(fitted: image, into: output) }
    }
    try outcome.get()
  }

  /// Decodes an image file's bytes to what ``apply(fitted:into:)`` takes. The image is fitted while it is decoded.
  /// - Parameter name: What an error calls the image.
  /// - Throws: `ImageError` as `Image(decoding:fit:options:name:)`.
  public func image(
    decoding bytes: [UInt8], options: DecodingOptions = DecodingOptions(), name: String? = nil
  ) throws(ImageError) -> Image {
    guard let fit else { return try Image(decoding: bytes, options: colored(options), name: name) }
    return try Image(decoding: bytes, fit: fit, options: colored(options), name: name)
  }

  private func colored(_ options: DecodingOptions) -> DecodingOptions {
    var options = options
    switch colors {
    case .stored: break
    case .rgb, .bgr: options.format = .rgb
    case .gray: options.format = .gray
    }
    return options
  }

  /// Writes the model's input for an image that has its size and channels already.
  /// - Parameter output: Room for ``outputCount`` values.
  /// - Throws: `GalleyError` if the image has another size or other channels, or there is no room.
  public func apply(fitted image: Image, into output: UnsafeMutableBufferPointer<Float>) throws(GalleyError) {
    guard image.depth == .eight, image.channels == channels.count, image.width * image.height == pixels,
      output.count == outputCount
    else {
      throw Self.refusal(
        "an image of \(image.width) × \(image.height) pixels with \(image.channels) channels of "
          + "\(image.depth.rawValue) bits doesn't give \(output.count) values of \(channels.count) channels")
    }
    let bytes = colors == .bgr ? image.blueFirst : image.bytes
    bytes.withUnsafeBytes { look(up: $0, output) }
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

  private static func translating<Value>(_ body: () throws(ImageError) -> Value) throws(GalleyError) -> Value {
    do throws(ImageError) {
      return try body()
    } catch {
      throw GalleyError(image: error, "can't preprocess items")
    }
  }
}
