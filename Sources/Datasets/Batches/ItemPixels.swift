// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Images
internal import Tensors

/// Turns items into a model's inputs, on any thread: decodes, augments, fits, and scales.
struct ItemPixels: Sendable {
  /// One item's values, in the model's layout.
  enum Values: Sendable {
    case floats([Float])
    case bytes([UInt8])

    var byteCount: Int {
      switch self {
      case .floats(let values): values.count * MemoryLayout<Float>.size
      case .bytes(let bytes): bytes.count
      }
    }

    func append(to buffer: inout [UInt8]) {
      switch self {
      case .floats(let values): values.withUnsafeBytes { buffer.append(contentsOf: $0) }
      case .bytes(let bytes): buffer.append(contentsOf: bytes)
      }
    }
  }

  /// The shape of one input.
  let shape: [Int]
  private let preprocessing: Preprocessing
  private let augmentation: TrainingAugmentation
  private let options: TrainingBatches.Options
  private let transform: PixelTransform
  private let images: ItemImages
  private let decoding: DecodingOptions

  /// Bytes of one input.
  var byteCount: Int { transform.outputCount * (options.values == .float32 ? MemoryLayout<Float>.size : 1) }

  init(
    _ items: [TrainingItem], _ preprocessing: Preprocessing, _ augmentation: TrainingAugmentation,
    _ options: TrainingBatches.Options
  ) throws(GalleyError) {
    self.preprocessing = preprocessing
    self.augmentation = augmentation
    self.options = options
    let form = try Self.form(of: items, preprocessing)
    shape = preprocessing.inputShape(height: form.size.height, width: form.size.width, channels: form.channels)
    // Images are fitted before they are transformed: fitting them again would resize what was cropped.
    var fitted = preprocessing
    fitted.fit = nil
    transform = try PixelTransform(
      fitted, height: preprocessing.fit?.result.height ?? form.size.height,
      width: preprocessing.fit?.result.width ?? form.size.width, channels: form.channels, elementType: .uint8)
    images = try ItemImages(items.lazy.map(\.source))
    var decoding = DecodingOptions()
    switch preprocessing.colors {
    case .stored: break
    case .rgb, .bgr: decoding.format = .rgb
    case .gray: decoding.format = .gray
    }
    if let size = preprocessing.fit?.size, options.allowsReducedDecoding, augmentation.whole.steps.isEmpty {
      decoding.reducedSide = max(size.width, size.height)
    }
    self.decoding = decoding
  }

  /// The form that items have before preprocessing, as far as the preprocessing keeps it.
  private static func form(
    of items: [TrainingItem], _ preprocessing: Preprocessing
  ) throws(GalleyError) -> (size: Galley.PixelSize, channels: Int) {
    var known: (size: Galley.PixelSize, channels: Int)?
    for item in items {
      guard case .pixels(let block) = item.source else { continue }
      known = known ?? (block.size, block.channels)
      guard preprocessing.fit != nil || known?.size == block.size else {
        throw TrainingBatches.refusal("it has another size than others, and the preprocessing gives none", at: item.id)
      }
      guard preprocessing.colors != .stored || known?.channels == block.channels else {
        throw TrainingBatches.refusal("it has other channels than others, and they are kept", at: item.id)
      }
    }
    let hasFiles = items.contains { if case .pixels = $0.source { false } else { true } }
    guard !hasFiles || (preprocessing.fit != nil && preprocessing.colors != .stored) else {
      throw TrainingBatches.refusal(
        "images of any size and colour need a preprocessing with a size and with colours, and it has "
          + (preprocessing.fit == nil ? "no size" : "no colours"))
    }
    return known ?? (Galley.PixelSize(width: 1, height: 1), 3)
  }

  /// The values of an item in an epoch.
  /// - Throws: `GalleyError` that names the item.
  func load(_ item: TrainingItem, epoch: Int) throws(GalleyError) -> Values {
    let bytes = try images.bytes(of: item.source)
    let image: Image
    do throws(ImageError) {
      image = try augmented(item, bytes, epoch)
    } catch {
      throw GalleyError(image: error, "can't load the item '\(item.id)'")
    }
    guard options.values == .float32 else { return .bytes(try planes(of: image, item)) }
    var values = [Float](repeating: 0, count: transform.outputCount)
    let outcome = values.withUnsafeMutableBufferPointer { output in
      Result { () throws(GalleyError) in try transform.apply(image, into: output) }
    }
    try outcome.get()
    return .floats(values)
  }

  private func augmented(_ item: TrainingItem, _ bytes: [UInt8], _ epoch: Int) throws(ImageError) -> Image {
    let seesWhole = !augmentation.whole.steps.isEmpty
    var image = try images.image(
      item.source, bytes, fit: seesWhole ? nil : preprocessing.fit, options: decoding, name: item.id)
    guard !augmentation.isEmpty else { return image }
    var random = ItemRandom(seed: options.seed, id: item.id, epoch: epoch)
    if seesWhole {
      image = try augmentation.whole.apply(to: Images.Scene(image), random: &random).image
      if let fit = preprocessing.fit { image = try image.fitted(fit) }
    }
    return try augmentation.fitted.apply(to: Images.Scene(image), random: &random).image
  }

  /// The bytes of a fitted image in the model's layout and colours.
  private func planes(of image: Image, _ item: TrainingItem) throws(GalleyError) -> [UInt8] {
    let count = image.channels
    guard image.bytes.count == transform.outputCount, image.depth == .eight else {
      throw TrainingBatches.refusal(
        "it has \(image.bytes.count) values after fitting, not \(transform.outputCount)", at: item.id)
    }
    let order = preprocessing.colors == .bgr ? [2, 1, 0] : Array(0..<count)
    let pixels = image.width * image.height
    guard preprocessing.layout == .nchw || order != Array(0..<count) else { return image.bytes }
    return [UInt8](unsafeUninitializedCapacity: image.bytes.count) { output, initialized in
      image.bytes.withUnsafeBufferPointer { input in
        for (place, channel) in order.enumerated() {
          let (start, step) = preprocessing.layout == .nchw ? (place * pixels, 1) : (place, count)
          for pixel in 0..<pixels {
            output.initializeElement(at: start + pixel * step, to: input[pixel * count + channel])
          }
        }
      }
      initialized = image.bytes.count
    }
  }
}
