// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Sizes of items as their own bytes say, read from the heads of files; archives are opened once.
struct ItemSizes {
  private var bytes = ItemBytes()

  /// The size of the stored image; `nil` if it can't be read or is no image.
  mutating func size(of source: ItemSource) -> PixelSize? {
    switch source {
    case .pixels(let block): return block.size
    case .file(let path):
      guard let file = OpenFile(path: path) else { return nil }
      return (try? ImageHeader(file.head(ImageHeader.headLength)))?.size
    case .member, .bytes:
      guard let data = try? bytes.read(source) else { return nil }
      return (try? ImageHeader(data))?.size
    case .missing: return nil
    }
  }
}
