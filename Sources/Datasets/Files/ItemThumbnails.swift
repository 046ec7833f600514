// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
internal import Images
internal import Synchronization

/// Small grey pictures of items, by which near-duplicates are found; archives are opened once.
public final class ItemThumbnails: Sendable {
  private let bytes = Mutex(ItemBytes())
  /// Four cells of the perceptual hash in each direction.
  private static let size = Images.PixelSize(width: 36, height: 32)

  /// Creates a source of pictures.
  public init() {}

  /// The picture of an item.
  /// - Parameter encoded: its bytes, if they were read already.
  /// - Throws: `GalleyError` if the item can't be read or decoded.
  public func picture(of item: DatasetItem, encoded: [UInt8]? = nil) throws(GalleyError) -> GreyPicture? {
    if case .missing = item.source { return nil }
    do {
      let image = try decoded(item, encoded).converted(to: .gray)
      return GreyPicture(width: image.width, height: image.height, values: image.bytes)
    } catch let error as GalleyError {
      throw error
    } catch let error as ImageError where error.code == .unavailable {
      // Without libvips nothing is said of what images show.
      return nil
    } catch {
      let why = (error as? ImageError)?.reason ?? "\(error)"
      throw GalleyError(.badData, "can't decode an item", at: item.id, why: why)
    }
  }

  private func decoded(_ item: DatasetItem, _ encoded: [UInt8]?) throws -> Image {
    let fit = ImageFit(size: Self.size)
    if case .pixels(let block) = item.source, let format = PixelFormat(channels: block.channels) {
      return try Image(
        width: block.size.width, height: block.size.height, format: format, bytes: block.interleaved
      ).fitted(fit)
    }
    let encoded = try encoded ?? bytes.withLock { bytes in try bytes.read(item.source).map { Array($0) } }
    let options = DecodingOptions(reducedSide: 72)
    return try Image(decoding: encoded ?? [], fit: fit, options: options, name: item.id)
  }
}
