// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Platform

/// An item as an adapter sees it.
public struct AdapterItem: Sendable, Hashable {
  /// The id.
  public var id: String
  /// The path in the data set, from `/` on.
  public var path: String
  /// A file with the bytes; it must not be changed.
  public var file: String
  /// What the bytes are, like `image/jpeg`.
  public var mediaType: String
  /// The image's size as it is stored; `nil` if it is none.
  public var size: PixelSize?
  /// What else is known.
  public var metadata: JSONObject

  /// The last part of the path.
  public var name: String { ItemPath.name(of: path) }

  /// Describes an item.
  public init(
    id: String, path: String, file: String, mediaType: String, size: PixelSize? = nil, metadata: JSONObject = .empty
  ) {
    self.id = id
    self.path = path
    self.file = file
    self.mediaType = mediaType
    self.size = size
    self.metadata = metadata
  }

  /// Takes an item of a store.
  public init(_ item: PlatformItem, in store: PlatformStore) {
    self.init(
      id: item.id, path: item.path, file: store.path(of: item), mediaType: item.mediaType, size: item.size,
      metadata: item.metadata)
  }
}
