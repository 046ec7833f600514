// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
internal import Tensors

/// An item that could not be loaded, and why.
public struct ItemFailure: Error, Sendable, Hashable {
  /// The item's id.
  public let id: String
  /// What is wrong with it, and where.
  public let error: GalleyError

  /// Joins an id and an error.
  public init(id: String, error: GalleyError) {
    self.id = id
    self.error = error
  }
}

/// The items of a data set, with what else is known of each: subset, groups, size, and the digest of its bytes.
public struct DescribedItems: Sendable {
  /// The items in memory.
  public let items: LabeledItems
  /// The same items in the same order, as the data set describes them; a subset is one that the source states.
  public let dataset: AnnotatedDataset
  /// SHA-256 of each item's bytes as they are stored: of the image file, or of the raw pixels.
  public let digests: [Digest]
  /// Items that were left out because they can't be loaded.
  public let failures: [ItemFailure]

  /// Joins items and descriptions.
  /// - Throws: `GalleyError` if they are not about the same items in the same order.
  public init(
    items: LabeledItems, dataset: AnnotatedDataset, digests: [Digest], failures: [ItemFailure] = []
  ) throws(GalleyError) {
    guard items.ids == dataset.items.map(\.id), digests.count == items.count else {
      throw GalleyError(
        .software, "can't describe items", why: "the descriptions are of other items than those in memory")
    }
    self.items = items
    self.dataset = dataset
    self.digests = digests
    self.failures = failures
  }

  /// Describes items of which nothing is known but what is in memory.
  public init(_ items: LabeledItems) throws(GalleyError) {
    let length = items.inputs.bytes.count / max(1, items.count)
    let bytes = items.inputs.bytes
    try self.init(
      items: items,
      dataset: AnnotatedDataset(
        classes: items.labels.map { DatasetClass($0) },
        items: zip(items.ids, items.classes).map { id, label in
          DatasetItem(id: id, source: .missing(id), annotations: [Annotation(label: label)])
        }),
      digests: (0..<items.count).map { Digest(of: Data(bytes[$0 * length..<($0 + 1) * length])) })
  }
}
