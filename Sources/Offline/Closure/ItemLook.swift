// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import FoundationEssentials
internal import Galley
internal import Images
internal import Statistics

/// What an item's image is like, without its content.
struct ItemLook: Sendable, Hashable {
  /// How the image is stored.
  private enum Storage: Hashable {
    case encoded(ImageHeader.Format)
    case pixels
  }

  let size: Galley.PixelSize
  private let colors: PixelFormat
  private let depth: SampleDepth
  private let storage: Storage

  /// Looks at an item.
  /// - Throws: `GalleyError` if its image can't be read.
  init(_ item: DatasetItem, _ bytes: inout ItemBytes) throws(GalleyError) {
    if case .pixels(let block) = item.source {
      (size, depth, storage) = (block.size, .eight, .pixels)
      colors = PixelFormat(channels: block.channels) ?? .rgb
      return
    }
    guard let data = try bytes.read(item.source), let header = try? ImageHeader(data) else {
      throw Self.refusal(item, "its image is of no known format")
    }
    do throws(ImageError) {
      let image = try Image(decoding: [UInt8](data), options: DecodingOptions(appliesOrientation: false))
      size = Galley.PixelSize(width: image.width, height: image.height)
      (colors, depth, storage) = (image.format, image.depth, .encoded(header.format))
    } catch {
      throw Self.refusal(item, error.description)
    }
  }

  private static func refusal(_ item: DatasetItem, _ why: String) -> GalleyError {
    GalleyError(
      .badData, "can't see what the data set's images are like", at: item.id, why: why,
      remedy: "Run galley data check to see all that is wrong.")
  }

  /// The file type in which made-up images are written: that of the item where Galley writes it, else PNG.
  private var encoding: ImageEncoding {
    switch storage {
    case .encoded(.jpeg): .jpeg(quality: 90)
    case .encoded(.webp): .webp(quality: 80)
    default: .png()
    }
  }

  /// The ending of a file's name.
  var ending: String {
    switch encoding {
    case .jpeg: "jpg"
    case .webp: "webp"
    case .png: "png"
    }
  }

  /// The look in a few words.
  var words: String {
    let type = if case .encoded(let format) = storage { format.rawValue } else { "pixels" }
    return "\(size) \(colors.rawValue) \(type)" + (depth == .sixteen ? " of 16 bits" : "")
  }

  /// An image of noise that looks so.
  /// - Throws: `GalleyError` if it can't be encoded.
  func noise(_ generator: inout SeededGenerator) throws(GalleyError) -> ItemSource {
    let count = size.width * size.height * colors.channels * depth.byteCount
    let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    if storage == .pixels {
      guard let block = PixelBlock(storage: bytes, size: size, channels: colors.channels) else {
        throw GalleyError(.software, "can't make up an image", why: "\(size) is no size of an image")
      }
      return .pixels(block)
    }
    do throws(ImageError) {
      let image = try Image(
        width: size.width, height: size.height, format: colors, depth: depth, bytes: bytes)
      return .bytes(try image.encoded(as: encoding))
    } catch {
      throw GalleyError(.unavailable, "can't make up an image", why: error.description)
    }
  }

  /// An annotation of the same kind at another place.
  func annotation(like other: Annotation, _ generator: inout SeededGenerator) -> Annotation {
    var made = Annotation(label: other.label, isCrowd: other.isCrowd)
    guard !other.isWholeItem else { return made }
    let box = box(&generator)
    if other.box != nil || other.mask != nil { made.box = box }
    if let turned = other.rotatedBox {
      made.rotatedBox = RotatedBox(
        center: PixelPoint(box.x + box.width / 2, box.y + box.height / 2), width: box.width / 2,
        height: box.height / 2, angle: turned.angle)
    }
    if !other.polygons.isEmpty {
      made.polygons = [
        [
          PixelPoint(box.x, box.y), PixelPoint(box.right, box.y), PixelPoint(box.right, box.bottom),
          PixelPoint(box.x, box.bottom),
        ]
      ]
    }
    made.keypoints = other.keypoints.map { keypoint in
      let place = PixelPoint(
        Double.random(in: box.x...box.right, using: &generator),
        Double.random(in: box.y...box.bottom, using: &generator))
      return Keypoint(place, keypoint.visibility)
    }
    if other.score != nil { made.score = Double.random(in: 0...1, using: &generator) }
    return made
  }

  /// A box within the image, of a quarter to three quarters of its sides.
  private func box(_ generator: inout SeededGenerator) -> Galley.Box {
    func side(_ length: Int) -> (start: Double, length: Double) {
      let part = max(1, (Double(length) * Double.random(in: 0.25...0.75, using: &generator)).rounded(.down))
      return (Double.random(in: 0...max(0, Double(length) - part), using: &generator).rounded(.down), part)
    }
    let (x, y) = (side(size.width), side(size.height))
    return Galley.Box(x: x.start, y: y.start, width: x.length, height: y.length)
  }
}
