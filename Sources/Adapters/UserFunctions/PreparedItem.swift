// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Foundation
internal import Galley
public import Images
public import Tensors

/// What became of an item before the model sees it.
public enum PreparedItem: Sendable, Hashable {
  /// An image.
  case image(Image)
  /// A text.
  case text(String)
  /// What an adapter's own `prepareItem` computed.
  case tensor(Tensor)
  /// Nothing was done: the adapter reads the item's file.
  case file

  /// How many bytes it holds.
  public var byteCount: Int {
    switch self {
    case .image(let image): image.bytes.count
    case .text(let text): text.utf8.count
    case .tensor(let tensor): tensor.bytes.count
    case .file: 0
    }
  }

  /// Reads an item as adapters get it if they don't prepare it themselves: an image upright, RGB, 8 bits; a text as
  /// UTF-8.
  /// - Throws: `GalleyError` if the file is missing, damaged, or something else.
  public init(reading item: AdapterItem, as type: AdapterCard.Input) throws {
    switch type {
    case .image:
      do throws(ImageError) {
        self = .image(try Image(contentsOf: item.file, options: DecodingOptions(format: .rgb)))
      } catch {
        throw GalleyError(image: error, "can't read the image")
      }
    case .text:
      guard let data = try? Data(contentsOf: URL(filePath: item.file)) else {
        throw GalleyError(.missingInput, "can't read the text", at: item.file, why: "the file can't be read")
      }
      guard let text = String(bytes: data, encoding: .utf8) else {
        throw GalleyError(.badData, "can't read the text", at: item.file, why: "it isn't UTF-8")
      }
      self = .text(text)
    case .file: self = .file
    }
  }
}
