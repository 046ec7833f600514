// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
public import Galley

/// What the first bytes of an image file say: format, size, orientation. No pixel is decoded.
public struct ImageHeader: Sendable, Hashable {
  /// The formats that are known.
  public enum Format: String, Sendable, Hashable, Codable, CaseIterable {
    case jpeg, png, webp, bmp, tiff, gif

    /// Endings of file names, the usual one first.
    public var extensions: [String] {
      switch self {
      case .jpeg: ["jpg", "jpeg", "jpe", "jfif"]
      case .png: ["png"]
      case .webp: ["webp"]
      case .bmp: ["bmp", "dib"]
      case .tiff: ["tif", "tiff"]
      case .gif: ["gif"]
      }
    }
  }

  /// The format of the bytes, whatever the file is called.
  public var format: Format
  /// The size as stored.
  public var size: PixelSize
  /// EXIF's orientation from 1 (upright) to 8; from 5 on, width and height change places when the image is shown.
  public var orientation: Int

  /// The size as shown.
  public var shownSize: PixelSize {
    orientation >= 5 ? PixelSize(width: size.height, height: size.width) : size
  }

  /// Bytes that suffice for nearly all files: EXIF takes at most 64 KiB before the size, colour profiles may take more.
  public static let headLength = 1 << 18

  init(_ format: Format, width: Int, height: Int, orientation: Int = 1) {
    self.format = format
    size = PixelSize(width: width, height: height)
    self.orientation = orientation
  }

  /// Reads the beginning of a file, or all of it.
  /// - Throws: `ImageHeaderProblem` if it is no image of a known format or its header is damaged.
  public init(_ data: Data) throws(ImageHeaderProblem) {
    let outcome = data.withUnsafeBytes { bytes in
      Result<ImageHeader, ImageHeaderProblem> { () throws(ImageHeaderProblem) in
        try Self.read(ByteField(bytes))
      }
    }
    self = try outcome.get()
    guard size.width > 0, size.height > 0 else {
      throw ImageHeaderProblem("the header states a size of \(size)")
    }
  }

  private static func read(_ bytes: ByteField) throws(ImageHeaderProblem) -> ImageHeader {
    if bytes.count == 0 { throw ImageHeaderProblem("the file is empty") }
    if bytes.has([0xFF, 0xD8], at: 0) { return try jpeg(bytes) }
    if bytes.has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], at: 0) { return try png(bytes) }
    if bytes.has(Array("RIFF".utf8), at: 0), bytes.has(Array("WEBP".utf8), at: 8) { return try webp(bytes) }
    if bytes.has(Array("BM".utf8), at: 0) { return try bmp(bytes) }
    if bytes.has(Array("II*\0".utf8), at: 0) || bytes.has(Array("MM\0*".utf8), at: 0) { return try tiff(bytes) }
    if bytes.has(Array("GIF8".utf8), at: 0) {
      guard let width = bytes.little16(6), let height = bytes.little16(8) else { throw .cut }
      return ImageHeader(.gif, width: width, height: height)
    }
    throw ImageHeaderProblem("it is no JPEG, PNG, WebP, BMP, TIFF or GIF image")
  }

  /// Whether a file's name ends like an image's.
  public static func isImageName(_ path: String) -> Bool {
    guard let dot = path.lastIndex(of: "."), dot > path.startIndex else { return false }
    return knownExtensions.contains(path[path.index(after: dot)...].lowercased())
  }

  private static let knownExtensions = Set(Format.allCases.flatMap(\.extensions))
}

/// Why the beginning of a file is no image.
public struct ImageHeaderProblem: Error, Sendable, Hashable {
  /// What is wrong, as a clause.
  public var why: String

  init(_ why: String) { self.why = why }

  static var cut: ImageHeaderProblem { ImageHeaderProblem("the file ends within its header") }
}
