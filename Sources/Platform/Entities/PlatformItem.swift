// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import FoundationEssentials
public import Galley

/// One thing of a data set: a path in it, and bytes.
public struct PlatformItem: Sendable {
  private let texts: RowTexts
  private let facts: ItemFacts

  /// The id: 24 hexadecimal digits.
  public var id: String { texts[facts.start, facts.idEnd] }
  /// The id of the data set.
  public var datasetID: String { texts[facts.datasetStart, facts.datasetEnd] }
  /// The path in the data set, from `/` on.
  public var path: String { texts[facts.idEnd, facts.pathEnd] }
  /// The SHA-256 of the bytes, as 64 hexadecimal digits.
  public var digest: String { texts[facts.pathEnd, facts.digestEnd] }
  /// What the bytes are, like `image/jpeg`.
  public var mediaType: String { texts[facts.digestEnd, facts.mediaTypeEnd] }
  /// How many bytes there are.
  public var byteCount: Int { facts.byteCount }
  /// The image's size as it is stored, before any EXIF rotation; `nil` if it is none.
  public var size: PixelSize? { facts.size }
  /// Whether lists leave the item out unless they are asked for hidden ones.
  public var isHidden: Bool { facts.isHidden }
  /// What else is known.
  public var metadata: JSONObject { JSONObject(stored: texts[facts.mediaTypeEnd, facts.metadataEnd]) }
  /// When it was added, in seconds since 1970.
  public var created: Double { facts.created }
  /// When it was last changed, in seconds since 1970.
  public var updated: Double { facts.updated }

  /// The last part of the path.
  public var name: String { ItemPath.name(of: path) }
  /// The path without its last part: `/` for the data set's top.
  public var folder: String { ItemPath.folder(of: path) }
}

extension PlatformItem {
  /// Takes what was read together with other items.
  init(_ texts: RowTexts, _ facts: ItemFacts) { (self.texts, self.facts) = (texts, facts) }

  init(
    id: String, datasetID: String, path: String, digest: String, mediaType: String, byteCount: Int, size: PixelSize?,
    isHidden: Bool, metadata: JSONObject, created: Double, updated: Double
  ) {
    var facts = ItemFacts(byteCount: byteCount, size: size, isHidden: isHidden, created: created, updated: updated)
    var bytes: [UInt8] = []
    func append(_ text: String) -> UInt32 {
      bytes.append(contentsOf: text.utf8)
      return UInt32(clamping: bytes.count)
    }
    facts.datasetEnd = append(datasetID)
    facts.start = facts.datasetEnd
    facts.idEnd = append(id)
    facts.pathEnd = append(path)
    facts.digestEnd = append(digest)
    facts.mediaTypeEnd = append(mediaType)
    facts.metadataEnd = append(metadata.text)
    self.init(RowTexts(bytes), facts)
  }
}

extension PlatformItem: Hashable {
  public static func == (first: PlatformItem, second: PlatformItem) -> Bool {
    first.id == second.id && first.path == second.path && first.datasetID == second.datasetID
      && first.digest == second.digest && first.mediaType == second.mediaType && first.byteCount == second.byteCount
      && first.size == second.size && first.isHidden == second.isHidden && first.metadata == second.metadata
      && first.created == second.created && first.updated == second.updated
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

extension PlatformItem: Encodable {
  private enum Key: String, CodingKey {
    case id, datasetID, path, name, digest, mediaType, byteCount, size, isHidden, metadata, created, updated
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(id, forKey: .id)
    try container.encode(datasetID, forKey: .datasetID)
    try container.encode(path, forKey: .path)
    try container.encode(name, forKey: .name)
    try container.encode(digest, forKey: .digest)
    try container.encode(mediaType, forKey: .mediaType)
    try container.encode(byteCount, forKey: .byteCount)
    try container.encodeIfPresent(size, forKey: .size)
    try container.encode(isHidden, forKey: .isHidden)
    try container.encode(metadata, forKey: .metadata)
    try container.encode(created, forKey: .created)
    try container.encode(updated, forKey: .updated)
  }
}

/// An item that shall be added.
public struct ItemDraft: Sendable {
  /// Where its bytes are.
  public enum Content: Sendable {
    /// A file that is copied into the store.
    case file(String)
    /// Bytes in memory.
    case bytes(Data)
  }

  /// The path in the data set; a leading `/` may be missing.
  public var path: String
  /// The bytes.
  public var content: Content
  /// What the bytes are, like `image/jpeg`; `nil` if that shall be told from the bytes and the name.
  public var mediaType: String?
  /// Whether lists leave it out.
  public var isHidden: Bool
  /// What else is known.
  public var metadata: JSONObject
  /// The id that it has elsewhere; `nil` for a new one.
  public var id: String?

  /// Describes an item.
  public init(
    path: String, content: Content, mediaType: String? = nil, isHidden: Bool = false, metadata: JSONObject = .empty,
    id: String? = nil
  ) {
    self.path = path
    self.content = content
    self.mediaType = mediaType
    self.isHidden = isHidden
    self.metadata = metadata
    self.id = id
  }
}

/// Paths of items.
package enum ItemPath {
  /// The path as the store keeps it: from `/` on, no empty parts.
  /// - Throws: `GalleyError` if it has none, or parts that no file can have.
  static func normal(_ path: String) throws(GalleyError) -> String {
    let parts = path.split(separator: "/", omittingEmptySubsequences: true)
    func refuse(_ why: String) -> GalleyError {
      GalleyError(
        .badData, "can't use the item's path", at: path, why: why, remedy: "Give a path like /photos/cat.jpg.")
    }
    guard !parts.isEmpty else { throw refuse("it names nothing") }
    guard path.utf8.count <= 4096 else { throw refuse("it is longer than 4096 bytes") }
    for part in parts {
      guard part != ".", part != ".." else { throw refuse("'\(part)' stands in it") }
      guard !part.utf8.contains(0) else { throw refuse("a NUL stands in it") }
    }
    return "/" + parts.joined(separator: "/")
  }

  static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: 0x2F), slash != path.startIndex else { return "/" }
    return String(path[..<slash])
  }

  /// The last part of a path.
  package static func name(of path: String) -> String {
    path.utf8.lastIndex(of: 0x2F).map { String(path[path.index(after: $0)...]) } ?? path
  }
}
