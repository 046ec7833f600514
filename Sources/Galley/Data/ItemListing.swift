// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import FoundationEssentials

/// Items that lie in image files of their own, with their classes and subsets: what a backend loads batch by batch.
///
/// The file is JSON with sorted keys, so that equal listings have equal bytes. Paths are absolute or start at the
/// listing's `root`.
public struct ItemListing: Sendable, Hashable, Codable {
  /// Name and version of the file format.
  public static let format = "galley.item-listing/1"

  /// One item.
  public struct Item: Sendable, Hashable, Codable {
    /// Unique, and stable between reads of the same source.
    public var id: String
    /// The image's file.
    public var file: String
    /// The part of the data set that it belongs to; `nil` for an item that is only predicted.
    public var subset: Subset?
    /// Indices in the labels: one for classification, any number for multi-label, none where nobody knows.
    public var classes: [Int]
    /// SHA-256 of the file, if it was read; two subsets must not share one.
    public var digest: Digest?
    /// Why there is no usable file, if that was found when the items were listed, as a damaged member of an archive; `nil`
    /// for all others.
    public var fault: String?

    /// Describes an item.
    public init(
      id: String, file: String, subset: Subset?, classes: [Int], digest: Digest? = nil, fault: String? = nil
    ) {
      self.id = id
      self.file = file
      self.subset = subset
      self.classes = classes
      self.digest = digest
      self.fault = fault
    }
  }

  /// The file's format and version.
  public private(set) var format = ItemListing.format
  /// What the items are labelled for.
  public var task: EngineTask
  /// Where relative paths of files start.
  public var root: String
  /// The classes' names: opaque text.
  public var labels: [String]
  /// The items, in a stable order.
  public var items: [Item]

  /// Lists items.
  /// - Throws: `GalleyError` if an id occurs twice or a class has no label.
  public init(task: EngineTask, root: String, labels: [String], items: [Item]) throws(GalleyError) {
    self.task = task
    self.root = root
    self.labels = labels
    self.items = items
    try check(at: nil)
  }

  /// Reads a listing.
  /// - Throws: `GalleyError` if the file is missing, is something else, or contradicts itself.
  public init(contentsOf path: String) throws(GalleyError) {
    let data: Data
    do {
      data = try Data(contentsOf: URL(filePath: path))
    } catch {
      throw GalleyError(.missingInput, "can't read the list of items", at: path, why: FileError(.read, path).reason)
    }
    do {
      self = try JSONDecoder().decode(ItemListing.self, from: data)
    } catch {
      throw GalleyError(
        .badData, "can't use the list of items", at: path, why: "it is not of the format \(Self.format): \(error)")
    }
    guard format == Self.format else {
      throw GalleyError(
        .badData, "can't use the list of items", at: path, why: "its format is \(format), not \(Self.format)")
    }
    try check(at: path)
  }

  /// Writes the file as a whole or not at all.
  /// - Returns: the digest of the file.
  /// - Throws: `GalleyError` if it can't be written.
  @discardableResult
  public func write(to path: String) throws(GalleyError) -> Digest {
    try AtomicFile.write(to: path, or: "can't write the list of items") { try serialized() }
  }

  /// The file's bytes.
  public func serialized() throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return try encoder.encode(self)
  }

  /// The items of a subset, in their order.
  public func items(_ subset: Subset) -> [Item] { items.filter { $0.subset == subset } }

  private func check(at path: String?) throws(GalleyError) {
    var ids: Set<String> = []
    for item in items {
      guard ids.insert(item.id).inserted else {
        throw GalleyError(.badData, "can't use the list of items", at: path, why: "the id '\(item.id)' occurs twice")
      }
      guard item.classes.allSatisfy(labels.indices.contains) else {
        throw GalleyError(
          .badData, "can't use the list of items", at: path,
          why: "'\(item.id)' has a class index without a label among the \(labels.count)")
      }
    }
  }
}
