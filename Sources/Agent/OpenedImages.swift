// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Images
internal import Measuring
internal import TargetProtocol

/// Image files, which are decoded when they are to become a model's input.
struct OpenedImages {
  let files: ImageFiles
  let transform: PixelTransform
  let shape: ItemShape
  /// Most bytes of memory that decoding one item may take.
  private let memory: Int

  /// Bytes of memory for each pixel that decoders and what turns an image upright take at most: coefficients or samples
  /// of 16 bits for four channels, and the image twice.
  private static let bytesPerPixel = 16

  init(_ parameters: OpenImagesParameters) throws(GalleyError) {
    files = try ImageFiles(contentsOf: parameters.path)
    let preprocessing = (parameters.preprocessing ?? files.preprocessing).completed(by: files.preprocessing)
    transform = try preprocessing.imageTransform()
    shape = ItemShape(extents: preprocessing.inputShape(height: 0, width: 0, channels: 0))
    memory = parameters.decodingBytes ?? Int(clamping: ProcessInfo.processInfo.physicalMemory / 2)
    // Opened now, so that it is no part of what models take, and what is missing is said before anything is loaded.
    do throws(ImageError) {
      _ = try ImageLibrary.opened()
    } catch {
      throw GalleyError(image: error, "can't decode images")
    }
  }

  /// The image at a position, fitted and in the model's colours.
  /// - Throws: `GalleyError` that names the item.
  func image(at position: Int) throws(GalleyError) -> Image {
    let (id, byteCount) = (files.ids[position], files.byteCount(of: position))
    let failure = "can't decode the item '\(id)'"
    guard byteCount < memory else {
      throw GalleyError(
        .badData, failure, at: id,
        why: "its file has \(byteCount) bytes, and decoding it may take \(memory) bytes of memory here",
        remedy: "Leave the item out, or have images decoded by the host.")
    }
    let limits = ImageLimits(pixels: min(ImageLimits().pixels, (memory - byteCount) / Self.bytesPerPixel))
    let bytes = try files.bytes(of: position)
    do throws(ImageError) {
      return try transform.image(decoding: bytes, options: DecodingOptions(limits: limits), name: id)
    } catch {
      var refusal = GalleyError(image: error, failure)
      if error.code == .tooLarge { refusal.remedy = "Leave the item out, or have images decoded by the host." }
      throw refusal
    }
  }
}

extension Preprocessing {
  /// The same with another's size and colours where it has none.
  fileprivate func completed(by other: Preprocessing) -> Preprocessing {
    var completed = self
    if fit == nil { completed.fit = other.fit }
    if colors == .stored { completed.colors = other.colors }
    return completed
  }
}

/// Decodes and preprocesses image files into a session's input.
struct ImageFiller {
  private let images: OpenedImages
  private let batch: Int

  init(_ images: OpenedImages, _ model: LoadedModel) {
    self.images = images
    batch = model.batch
  }

  /// Fills as many places of the batch as `positions` has; the others keep what they held.
  /// - Returns: how long reading, decoding and fitting took, in nanoseconds.
  func fill(_ session: any InferenceSession, with positions: some Collection<Int>) throws -> UInt64 {
    var nanoseconds: UInt64 = 0
    try session.fillPlaces(of: batch, with: positions, count: images.transform.outputCount) { position, values in
      let start = MonotonicClock.nanoseconds
      let image = try images.image(at: position)
      nanoseconds += MonotonicClock.nanoseconds &- start
      try images.transform.apply(fitted: image, into: values)
    }
    return nanoseconds
  }
}
