// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What the samples of one pixel are, in their order.
public enum PixelFormat: String, Sendable, Hashable, Codable, CaseIterable {
  /// One sample: how light the pixel is.
  case gray
  /// Red, green, blue.
  case rgb
  /// Red, green, blue, and how opaque the pixel is. Colours are not multiplied by the opacity.
  case rgba

  /// The format with that many channels, if there is one.
  public init?(channels: Int) {
    guard let format = Self.allCases.first(where: { $0.channels == channels }) else { return nil }
    self = format
  }

  /// Samples of one pixel.
  public var channels: Int {
    switch self {
    case .gray: 1
    case .rgb: 3
    case .rgba: 4
    }
  }
}

/// Bits of one sample.
public enum SampleDepth: Int, Sendable, Hashable, Codable, CaseIterable {
  case eight = 8
  case sixteen = 16

  /// Bytes of one sample.
  public var byteCount: Int { rawValue / 8 }
}

/// An image in memory: rows from top to bottom, pixels from left to right, the samples of a pixel side by side, without
/// gaps; 16-bit samples in the processor's byte order.
public struct Image: Sendable, Hashable {
  /// Pixels of a row.
  public let width: Int
  /// Rows.
  public let height: Int
  /// What a pixel's samples are.
  public let format: PixelFormat
  /// Bits of a sample.
  public let depth: SampleDepth
  /// `height × width × channels` samples.
  public internal(set) var bytes: [UInt8]

  /// Creates an image from its bytes.
  /// - Throws: `ImageError` if a side is not positive or the number of bytes is another.
  public init(
    width: Int, height: Int, format: PixelFormat, depth: SampleDepth = .eight, bytes: [UInt8]
  ) throws(ImageError) {
    let expected = try Self.byteCount(width: width, height: height, format: format, depth: depth)
    guard bytes.count == expected else {
      throw ImageError(
        .invalidSize,
        "a \(width) × \(height) image (\(format), \(depth.rawValue) bits) has \(expected) bytes, "
          + "not \(bytes.count)")
    }
    self.init(sized: width, height, format, depth, bytes)
  }

  /// Creates an image of one colour.
  /// - Parameter color: one value for each channel, 0 to 255.
  /// - Throws: `ImageError` if a side is not positive or the colour has another number of values.
  public init(width: Int, height: Int, format: PixelFormat, color: [UInt8]) throws(ImageError) {
    let count = try Self.byteCount(width: width, height: height, format: format, depth: .eight)
    guard color.count == format.channels else {
      throw ImageError(.invalidArgument, "\(color.count) values are no colour of a \(format) image")
    }
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      for index in 0..<count { buffer.initializeElement(at: index, to: color[index % color.count]) }
      initialized = count
    }
    self.init(sized: width, height, format, .eight, bytes)
  }

  /// For sizes that are known to fit.
  init(sized width: Int, _ height: Int, _ format: PixelFormat, _ depth: SampleDepth, _ bytes: [UInt8]) {
    self.width = width
    self.height = height
    self.format = format
    self.depth = depth
    self.bytes = bytes
  }

  /// Samples of one pixel.
  public var channels: Int { format.channels }
  /// Bytes of one row.
  public var rowByteCount: Int { width * channels * depth.byteCount }

  /// The 16-bit samples, or the 8-bit ones as they are.
  public var samples: [UInt16] {
    guard depth == .sixteen else { return bytes.map(UInt16.init) }
    return bytes.withUnsafeBytes { raw in
      (0..<raw.count / 2).map { raw.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self) }
    }
  }

  static func byteCount(
    width: Int, height: Int, format: PixelFormat, depth: SampleDepth
  ) throws(ImageError) -> Int {
    guard width > 0, height > 0 else {
      throw ImageError(.invalidSize, "\(width) × \(height) pixels are no image")
    }
    let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
    let (bytes, overflows) = pixels.multipliedReportingOverflow(by: format.channels * depth.byteCount)
    guard !overflow, !overflows else {
      throw ImageError(.invalidSize, "\(width) × \(height) pixels don't fit into memory")
    }
    return bytes
  }

  /// An image of `count` bytes that `fill` writes, all of them.
  static func filled(
    _ width: Int, _ height: Int, _ format: PixelFormat, _ depth: SampleDepth = .eight,
    by fill: (UnsafeMutableBufferPointer<UInt8>) -> Void
  ) -> Image {
    let count = width * height * format.channels * depth.byteCount
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      fill(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
      initialized = count
    }
    return Image(sized: width, height, format, depth, bytes)
  }
}
