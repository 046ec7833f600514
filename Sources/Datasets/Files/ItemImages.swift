// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Images

/// Reads and decodes items on any thread; archives are opened once.
struct ItemImages: Sendable {
  private let archives: [String: FileTree]

  /// Opens the archives that items lie in.
  /// - Throws: `GalleyError` if one can't be read.
  init(_ sources: some Sequence<ItemSource>) throws(GalleyError) {
    var archives: [String: FileTree] = [:]
    for source in sources {
      guard case .member(let archive, _) = source, archives[archive] == nil else { continue }
      archives[archive] = try FileTree(archive)
    }
    self.archives = archives
  }

  /// The encoded image of an item; for pixels in memory, these.
  /// - Throws: `GalleyError` if a file is missing or damaged.
  func bytes(of source: ItemSource) throws(GalleyError) -> [UInt8] {
    switch source {
    case .bytes(let bytes): return bytes
    case .pixels(let block): return block.interleaved
    case .member(let archive, let path):
      guard let tree = archives[archive] else { break }
      return Array(try tree.read(path))
    default: break
    }
    var reader = ItemBytes()
    return Array(try reader.read(source) ?? Data())
  }

  /// The image in an item's bytes, fitted if there is a fit.
  /// - Parameters:
  ///   - bytes: what ``bytes(of:)`` gave.
  ///   - name: what an error calls the image.
  /// - Throws: `ImageError` if it can't be decoded or fitted.
  func image(
    _ source: ItemSource, _ bytes: [UInt8], fit: ImageFit?, options: DecodingOptions, name: String
  ) throws(ImageError) -> Image {
    if case .pixels(let block) = source {
      guard let format = PixelFormat(channels: block.channels) else {
        throw ImageError(.unsupported, "it has \(block.channels) channels", at: name)
      }
      let image = try Image(width: block.size.width, height: block.size.height, format: format, bytes: bytes)
        .converted(to: options.format ?? format)
      return try fit.map { fit throws(ImageError) in try image.fitted(fit) } ?? image
    }
    guard let fit else { return try Image(decoding: bytes, options: options, name: name) }
    return try Image(decoding: bytes, fit: fit, options: options, name: name)
  }
}
