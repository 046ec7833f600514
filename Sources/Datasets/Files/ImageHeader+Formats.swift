// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension ImageHeader {
  /// ITU T.81: segments follow each other; a start of frame (C0…CF without C4, C8, CC) states the size.
  static func jpeg(_ bytes: ByteField) throws(ImageHeaderProblem) -> ImageHeader {
    var place = 2
    var orientation = 1
    while let marker = bytes.big16(place) {
      guard marker >= 0xFF00 else { throw ImageHeaderProblem("a JPEG segment is damaged at byte \(place)") }
      if marker == 0xFFFF {
        place += 1
        continue
      }
      // Markers without a segment.
      if marker == 0xFF01 || (0xFFD0...0xFFD8).contains(marker) {
        place += 2
        continue
      }
      if marker == 0xFFD9 || marker == 0xFFDA { throw ImageHeaderProblem("the JPEG states no size") }
      guard let length = bytes.big16(place + 2) else { break }
      guard length >= 2 else { throw ImageHeaderProblem("a JPEG segment is damaged at byte \(place)") }
      if marker == 0xFFE1, bytes.has(Array("Exif\0\0".utf8), at: place + 4) {
        orientation = TIFFDirectory(bytes.part(place + 10, length - 8))?.orientation ?? orientation
      }
      if (0xFFC0...0xFFCF).contains(marker), ![0xFFC4, 0xFFC8, 0xFFCC].contains(marker) {
        guard let height = bytes.big16(place + 5), let width = bytes.big16(place + 7) else { break }
        return ImageHeader(.jpeg, width: width, height: height, orientation: orientation)
      }
      place += 2 + length
    }
    throw .cut
  }

  /// W3C PNG: IHDR is the first chunk; eXIf may follow before the pixels.
  static func png(_ bytes: ByteField) throws(ImageHeaderProblem) -> ImageHeader {
    guard bytes.has(Array("IHDR".utf8), at: 12) else { throw ImageHeaderProblem("the PNG's first chunk isn't IHDR") }
    guard let width = bytes.big32(16), let height = bytes.big32(20) else { throw .cut }
    var orientation = 1
    var place = 8
    while let length = bytes.big32(place), !bytes.has(Array("IDAT".utf8), at: place + 4) {
      if bytes.has(Array("eXIf".utf8), at: place + 4) {
        orientation = TIFFDirectory(bytes.part(place + 8, length))?.orientation ?? 1
      }
      place += length + 12
    }
    return ImageHeader(.png, width: width, height: height, orientation: orientation)
  }

  /// Google's WebP container: VP8 (lossy), VP8L (lossless) or VP8X (extended, perhaps with EXIF).
  static func webp(_ bytes: ByteField) throws(ImageHeaderProblem) -> ImageHeader {
    if bytes.has(Array("VP8X".utf8), at: 12) {
      guard let low = bytes.little32(24), let high = bytes.little32(26) else { throw .cut }
      return ImageHeader(
        .webp, width: low & 0xFF_FFFF + 1, height: (high >> 8) & 0xFF_FFFF + 1, orientation: webpOrientation(bytes))
    }
    if bytes.has(Array("VP8L".utf8), at: 12) {
      guard bytes.byte(20) == 0x2F, let bits = bytes.little32(21) else { throw .cut }
      return ImageHeader(.webp, width: bits & 0x3FFF + 1, height: (bits >> 14) & 0x3FFF + 1)
    }
    guard bytes.has(Array("VP8 ".utf8), at: 12), bytes.has([0x9D, 0x01, 0x2A], at: 23),
      let width = bytes.little16(26), let height = bytes.little16(28)
    else { throw ImageHeaderProblem("the WebP's first chunk is unknown or damaged") }
    return ImageHeader(.webp, width: width & 0x3FFF, height: height & 0x3FFF)
  }

  private static func webpOrientation(_ bytes: ByteField) -> Int {
    var place = 12
    while let length = bytes.little32(place + 4) {
      if bytes.has(Array("EXIF".utf8), at: place) {
        let start = bytes.has(Array("Exif\0\0".utf8), at: place + 8) ? place + 14 : place + 8
        return TIFFDirectory(bytes.part(start, length))?.orientation ?? 1
      }
      place += 8 + length + length % 2
    }
    return 1
  }

  /// Windows bitmaps: the old core header has 16-bit sizes; a negative height means that rows go down.
  static func bmp(_ bytes: ByteField) throws(ImageHeaderProblem) -> ImageHeader {
    guard let headerLength = bytes.little32(14) else { throw .cut }
    if headerLength == 12 {
      guard let width = bytes.little16(18), let height = bytes.little16(20) else { throw .cut }
      return ImageHeader(.bmp, width: width, height: height)
    }
    guard let width = bytes.little32(18), let height = bytes.little32(22) else { throw .cut }
    return ImageHeader(
      .bmp, width: Int(Int32(truncatingIfNeeded: width)), height: abs(Int(Int32(truncatingIfNeeded: height))))
  }

  static func tiff(_ bytes: ByteField) throws(ImageHeaderProblem) -> ImageHeader {
    guard let directory = TIFFDirectory(bytes) else { throw .cut }
    guard let width = directory.width, let height = directory.height else {
      throw ImageHeaderProblem("the TIFF's first directory states no size")
    }
    return ImageHeader(.tiff, width: width, height: height, orientation: directory.orientation ?? 1)
  }
}

/// The first directory of a TIFF file, or of EXIF, which is one (TIFF 6.0; EXIF 2.32).
struct TIFFDirectory {
  private(set) var width: Int?
  private(set) var height: Int?
  /// From 1 to 8.
  private(set) var orientation: Int?

  init?(_ bytes: ByteField) {
    let isBig = bytes.has(Array("MM".utf8), at: 0)
    guard isBig || bytes.has(Array("II".utf8), at: 0) else { return nil }
    func short(_ place: Int) -> Int? { isBig ? bytes.big16(place) : bytes.little16(place) }
    func long(_ place: Int) -> Int? { isBig ? bytes.big32(place) : bytes.little32(place) }
    guard short(2) == 42, let start = long(4), let count = short(start) else { return nil }
    for index in 0..<count {
      let place = start + 2 + index * 12
      guard let tag = short(place), let type = short(place + 2) else { return nil }
      let value = type == 4 ? long(place + 8) : short(place + 8)
      switch tag {
      case 256: width = value
      case 257: height = value
      case 274: if let value, (1...8).contains(value) { orientation = value }
      default: break
      }
    }
  }
}
