// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// One sample of a data set and what was said about it.
public struct DatasetItem: Sendable, Hashable, Codable {
  /// Unique within the data set and stable between reads of the same source: usually the file's path relative to the
  /// root, with `/` between folders.
  public var id: String
  /// Where its bytes are.
  public var source: ItemSource
  /// The subset to which the source assigns it, as the source writes it: `train`, `val2017`; `nil` if to none.
  public var subset: String?
  /// Size of the image as stored, before any EXIF rotation; `nil` if unknown.
  public var size: PixelSize?
  /// What else is known: of whom, when, with which camera.
  public var metadata: [String: ConfigurationValue]
  /// What was said about it.
  public var annotations: [Annotation]
  /// Where the item was listed; `nil` if only its file stands for it.
  public var provenance: Provenance?

  /// Creates an item.
  public init(
    id: String, source: ItemSource, subset: String? = nil, size: PixelSize? = nil,
    metadata: [String: ConfigurationValue] = [:], annotations: [Annotation] = [], provenance: Provenance? = nil
  ) {
    self.id = id
    self.source = source
    self.subset = subset
    self.size = size
    self.metadata = metadata
    self.annotations = annotations
    self.provenance = provenance
  }

  /// The classes that are stated for the item or for anything on it, in rising order.
  public var labels: [Int] { Set(annotations.compactMap(\.label)).sorted() }
}

/// Where an item's bytes are.
public enum ItemSource: Sendable, Hashable, Codable {
  /// An image file: an absolute path, or one relative to the working folder.
  case file(String)
  /// A member of a zip or tar archive.
  case member(archive: String, path: String)
  /// An encoded image in memory.
  case bytes([UInt8])
  /// Pixels in memory.
  indirect case pixels(PixelBlock)
  /// The source names a file that isn't there.
  case missing(String)
}

/// The uncompressed 8-bit pixels of one image, perhaps a part of a buffer that many images share.
public struct PixelBlock: Sendable, Hashable, Codable {
  /// The shared buffer.
  public let storage: [UInt8]
  /// Where this image starts in it.
  public let offset: Int
  /// Pixels in a row and in a column.
  public let size: PixelSize
  /// Values of one pixel.
  public let channels: Int
  /// Whether whole channels follow each other (`[channels, height, width]`) instead of `[height, width, channels]`.
  public let isPlanar: Bool

  /// Describes an image in a buffer.
  /// - Returns: `nil` if it doesn't lie in the buffer.
  public init?(storage: [UInt8], offset: Int = 0, size: PixelSize, channels: Int, isPlanar: Bool = false) {
    let (pixels, pixelOverflow) = size.width.multipliedReportingOverflow(by: size.height)
    let (count, countOverflow) = pixels.multipliedReportingOverflow(by: channels)
    guard !pixelOverflow, !countOverflow, size.width > 0, size.height > 0, channels > 0, offset >= 0,
      count <= storage.count, offset <= storage.count - count
    else { return nil }
    self.storage = storage
    self.offset = offset
    self.size = size
    self.channels = channels
    self.isPlanar = isPlanar
  }

  /// The values in the order `[height, width, channels]`.
  public var interleaved: [UInt8] {
    let count = size.width * size.height * channels
    guard isPlanar, channels > 1 else { return Array(storage[offset..<offset + count]) }
    let plane = size.width * size.height
    var values: [UInt8] = []
    values.reserveCapacity(count)
    for pixel in 0..<plane {
      for channel in 0..<channels { values.append(storage[offset + channel * plane + pixel]) }
    }
    return values
  }
}
