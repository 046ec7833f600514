// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CVips

/// One decoding by libvips: opens the head, checks it against the limits, and lends the image.
struct VipsDecoding {
  private static let gate = ReadWriteGate()

  let format: ImageFileFormat
  let options: DecodingOptions

  /// What was opened.
  struct Opened {
    let image: VipsImage
    let stored: StoredPixels
    let orientation: Orientation
    /// The size before it was reduced.
    let fullSize: PixelSize
  }

  /// Gives `body` the opened image. `body` may be called a second time, after a failure, to learn libvips' words.
  /// - Throws: `ImageError` with libvips' words, or what `body` throws.
  func decode<Result>(
    _ bytes: UnsafeRawBufferPointer, _ body: (Opened) throws(VipsFailure) -> Result
  ) throws(ImageError) -> Result {
    let library = try VipsLibrary.shared.get()
    switch Self.gate.together({ attempt(library, bytes, body) }) {
    case .done(let result): return result
    case .refused(let error): throw error
    case .failed: break
    }
    // Once more, alone, so that the words are this failure's.
    return try Self.gate.alone { () throws(ImageError) in
      library.forgetWords()
      switch attempt(library, bytes, body) {
      case .done(let result): return result
      case .refused(let error): throw error
      case .failed:
        throw ImageError(.damaged, "the \(format.rawValue) data can't be decoded: \(library.words())")
      }
    }
  }

  private enum Outcome<Result> {
    case done(Result)
    case refused(ImageError)
    case failed
  }

  private func attempt<Result>(
    _ library: VipsLibrary, _ bytes: UnsafeRawBufferPointer, _ body: (Opened) throws(VipsFailure) -> Result
  ) -> Outcome<Result> {
    guard let loader = library.loader(for: format) else { return .failed }
    do {
      return .done(try body(try open(library, loader, bytes)))
    } catch let error as ImageError {
      return .refused(error)
    } catch {
      return .failed
    }
  }

  private func open(
    _ library: VipsLibrary, _ loader: VipsLibrary.Pointer, _ bytes: UnsafeRawBufferPointer
  ) throws -> Opened {
    let failOn = options.damage == .refused ? GALLEY_VIPS_FAIL_ON_WARNING : GALLEY_VIPS_FAIL_ON_ERROR
    var image = try VipsImage(library, loader, bytes, failOn: failOn, shrink: 0)
    let fullSize = PixelSize(width: image.width, height: image.height)
    try options.limits.check(width: image.width, height: image.height)
    let stored = try Self.pixels(of: image)
    let orientation =
      options.appliesOrientation ? image.number("orientation").flatMap(Orientation.init) ?? .upright : .upright
    let shrink = shrink(fullSize)
    if shrink > 1 {
      image = try VipsImage(library, loader, bytes, failOn: failOn, shrink: shrink)
    }
    return Opened(image: image, stored: stored, orientation: orientation, fullSize: fullSize)
  }

  /// The largest reduction that leaves both sides long enough.
  private func shrink(_ size: PixelSize) -> Int {
    guard format == .jpeg, let side = options.reducedSide, side > 0 else { return 1 }
    return [8, 4, 2].first { min(size.width, size.height) / $0 >= side } ?? 1
  }

  private static func pixels(of image: VipsImage) throws(ImageError) -> StoredPixels {
    let depths: [Int: SampleDepth] = [GALLEY_VIPS_UCHAR: .eight, GALLEY_VIPS_USHORT: .sixteen]
    guard let depth = depths[image.sampleType] else {
      throw ImageError(.unsupported, "its samples are neither 8 nor 16 bits without sign")
    }
    let colors = [0, 17, GALLEY_VIPS_SRGB, GALLEY_VIPS_RGB16].contains(image.interpretation)
    let isInk = image.interpretation == GALLEY_VIPS_CMYK
    let model: StoredPixels.Model? =
      switch image.bands {
      case 1: .gray
      case 2: .grayAlpha
      case 3: colors ? .rgb : nil
      case 4: isInk ? .cmyk : colors ? .rgba : nil
      default: nil
      }
    guard let model else {
      throw ImageError(.unsupported, "it has \(image.bands) channels whose meaning is not gray, RGB or CMYK")
    }
    return StoredPixels(model: model, depth: depth)
  }
}
