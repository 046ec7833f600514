// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CVips

/// How an image is encoded.
public enum ImageEncoding: Sendable, Hashable, Codable {
  /// Without loss; `level` is zlib's, 0 to 9.
  case png(level: Int = 6)
  /// With loss and without opacity; `quality` is 1 to 100. Colours keep their full resolution from quality 90 on.
  case jpeg(quality: Int = 90)
  /// With loss at `quality` 0 to 100, or without; the colours of wholly transparent pixels are not kept.
  case webp(quality: Int = 80, lossless: Bool = false)

  var format: ImageFileFormat {
    switch self {
    case .png: .png
    case .jpeg: .jpeg
    case .webp: .webp
    }
  }

  /// - Throws: `ImageError.Code.invalidArgument`.
  fileprivate func check() throws(ImageError) {
    switch self {
    case .png(let level): guard 0...9 ~= level else { throw refusal("level \(level) is not 0 to 9") }
    case .jpeg(let quality): guard 1...100 ~= quality else { throw refusal("quality \(quality) is not 1 to 100") }
    case .webp(let quality, _): guard 0...100 ~= quality else { throw refusal("quality \(quality) is not 0 to 100") }
    }
  }

  private func refusal(_ why: String) -> ImageError { ImageError(.invalidArgument, why) }
}

extension Image {
  /// The bytes of an image file.
  /// - Throws: `ImageError`: a parameter outside its range, 16 bits or opacity in a format without them, or no libvips.
  public func encoded(as encoding: ImageEncoding) throws(ImageError) -> [UInt8] {
    try encoding.check()
    if encoding.format != .png, depth == .sixteen {
      throw ImageError(.unsupported, "16-bit samples can't be written as \(encoding.format.rawValue)")
    }
    if encoding.format == .jpeg, format == .rgba {
      throw ImageError(.unsupported, "JPEG has no opacity", remedy: "Convert the image to RGB, or write PNG or WebP.")
    }
    let library = try VipsLibrary.shared.get()
    guard let bytes = save(encoding, library) else {
      throw ImageError(.unsupported, "the image can't be encoded: \(library.words())")
    }
    return bytes
  }

  /// Writes an image file, whole or not at all.
  /// - Throws: as ``encoded(as:)``, and if the file can't be written.
  public func write(to path: String, as encoding: ImageEncoding) throws(ImageError) {
    let bytes: [UInt8]
    do throws(ImageError) {
      bytes = try encoded(as: encoding)
    } catch {
      throw error.at(path)
    }
    try ImageFile.write(bytes, to: path)
  }

  private func save(_ encoding: ImageEncoding, _ library: VipsLibrary) -> [UInt8]? {
    bytes.withUnsafeBytes { raw in
      guard let start = raw.baseAddress,
        let wrapped = library.wrap(
          start, raw.count, CInt(width), CInt(height), CInt(channels),
          CInt(depth == .eight ? GALLEY_VIPS_UCHAR : GALLEY_VIPS_USHORT))
      else { return nil }
      defer { library.release(wrapped) }
      var image: VipsLibrary.Pointer?
      guard galley_vips_interpret(library.copy, wrapped, CInt(meaning), &image) == 0, let image else { return nil }
      defer { library.release(image) }
      var (result, count): (VipsLibrary.Pointer?, Int) = (nil, 0)
      guard call(encoding, library, image, &result, &count) == 0, let result else { return nil }
      defer { library.free(result) }
      return Array(UnsafeRawBufferPointer(start: result, count: count))
    }
  }

  private var meaning: Int {
    switch (format, depth) {
    case (.gray, .eight): GALLEY_VIPS_BW
    case (.gray, .sixteen): GALLEY_VIPS_GREY16
    case (_, .eight): GALLEY_VIPS_SRGB
    case (_, .sixteen): GALLEY_VIPS_RGB16
    }
  }

  private func call(
    _ encoding: ImageEncoding, _ library: VipsLibrary, _ image: VipsLibrary.Pointer,
    _ result: inout VipsLibrary.Pointer?, _ count: inout Int
  ) -> CInt {
    guard let saver = library.savers[encoding.format] else { return -1 }
    switch encoding {
    case .png(let level): return galley_vips_save_png(saver, image, CInt(level), &result, &count)
    case .jpeg(let quality):
      return galley_vips_save_jpeg(saver, image, CInt(quality), quality >= 90 ? 2 : 1, &result, &count)
    case .webp(let quality, let lossless):
      return galley_vips_save_webp(saver, image, CInt(quality), lossless ? 1 : 0, &result, &count)
    }
  }
}
