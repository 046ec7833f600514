// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import Galley
internal import Tensors

/// The items of a data reference that a model is to answer, in their order.
public struct InferenceItems: Sendable {
  /// Which items are meant.
  public enum Choice: Sendable, Hashable {
    /// Those of a subset; each is judged by its class.
    case subset(Subset)
    /// Those that are only to be answered: in a listing the items without a subset; in prepared data, where every item
    /// has one, all.
    case unassigned
    /// All, whatever they belong to.
    case any
  }

  /// One item.
  struct Item: Sendable {
    var id: String
    /// Its classes as the model counts them.
    var truth: [Int]
    var source: Source

    enum Source: Sendable {
      case file(String)
      case row(Subset, Int)
      /// It was known beforehand that there is nothing to load.
      case fault(String)
      /// It can't be judged, and nothing else was asked for.
      case unjudged(String)
    }
  }

  /// Where prepared items' bytes lie; `nil` for items in files.
  let prepared: PreparedData?
  let items: [Item]

  /// Number of items.
  public var count: Int { items.count }
  /// The items' ids.
  public var ids: [String] { items.map(\.id) }
  /// Whether items have to be read and decoded.
  public var areFiles: Bool { prepared == nil }

  /// Reads which items there are; none is loaded.
  /// - Parameter labels: The model's classes. Items that are judged must have no others; classes are matched by name, so
  ///   their order in the data doesn't matter.
  /// - Throws: `GalleyError` if the file is missing, isn't the one that is meant, has no such items, or an item has a
  ///   class that the model doesn't know.
  public init(
    _ reference: DataReference, _ choice: Choice, labels: [String], task: EngineTask
  ) throws(GalleyError) {
    try reference.digest.require(ofFileAt: reference.path, "items", to: "use")
    switch reference {
    case .prepared(let path, _):
      let data = try PreparedData(contentsOf: path)
      prepared = data
      let subsets =
        switch choice {
        case .subset(let subset): [subset]
        case .unassigned, .any: Subset.allCases.filter { data.subsets[$0] != nil }
        }
      var items: [Item] = []
      for subset in subsets {
        let rows = try data.items(subset)
        for (row, id) in rows.ids.enumerated() {
          items.append(Item(id: id, truth: [rows.classes[row]], source: .row(subset, row)))
        }
      }
      self.items = try Self.judged(items, choice, task, from: data.labels, to: labels, at: path)
    case .listing(let path, _):
      let listing = try ItemListing(contentsOf: path)
      prepared = nil
      let chosen =
        switch choice {
        case .subset(let subset): listing.items(subset)
        case .unassigned: listing.items.filter { $0.subset == nil }
        case .any: listing.items
        }
      let items = chosen.map { item in
        let file = item.file.hasPrefix("/") ? item.file : "\(listing.root)/\(item.file)"
        return Item(id: item.id, truth: item.classes, source: item.fault.map { .fault($0) } ?? .file(file))
      }
      self.items = try Self.judged(items, choice, task, from: listing.labels, to: labels, at: path)
    }
  }

  /// The shape of an input that the preprocessing makes of them; `nil` if their own size or channels decide it.
  /// - Throws: `GalleyError` if prepared items are no images.
  func inputShape(_ preprocessing: Preprocessing) throws(GalleyError) -> [Int]? {
    if let prepared {
      guard let shape = prepared.subsets.first?.value.inputs.shape, shape.count == 4 else {
        throw GalleyError(
          .badData, "can't use the items",
          why: "their shape isn't [items, height, width, channels], so they are no images")
      }
      return preprocessing.inputShape(height: shape[1], width: shape[2], channels: shape[3])
    }
    guard preprocessing.fit != nil, preprocessing.colors != .stored else { return nil }
    return preprocessing.inputShape(height: 1, width: 1, channels: 1)
  }

  /// The items with their classes as the model counts them.
  private static func judged(
    _ items: [Item], _ choice: Choice, _ task: EngineTask, from known: [String], to labels: [String], at path: String
  ) throws(GalleyError) -> [Item] {
    guard !items.isEmpty else { throw nothing(choice, at: path) }
    guard case .subset = choice else { return items }
    let positions = Dictionary(labels.enumerated().map { ($1, $0) }) { first, _ in first }
    let mapping = known.map { positions[$0] }
    let strange = Set(items.flatMap(\.truth)).filter { mapping[$0] == nil }.sorted()
    guard strange.isEmpty else {
      let count = items.count { !$0.truth.allSatisfy { mapping[$0] != nil } }
      let names = strange.prefix(5).map { "'\(known[$0])'" }.joined(separator: ", ")
      throw GalleyError(
        .badData, "can't judge the model on these items", at: path,
        why: "\(count) of \(items.count) items have classes that the model doesn't know: \(names)"
          + (strange.count > 5 ? " and \(strange.count - 5) more" : ""),
        remedy: "The model has \(labels.count) classes: "
          + labels.prefix(10).map { "'\($0)'" }.joined(separator: ", ") + (labels.count > 10 ? " …" : ".")
      )
    }
    return items.map { item in
      var item = item
      item.truth = item.truth.compactMap { mapping[$0] }
      if task != .multiLabelClassification, item.truth.count != 1 {
        item.source = .unjudged(
          item.truth.isEmpty ? "it has no class to judge by" : "it has \(item.truth.count) classes, and one is needed")
      }
      return item
    }
  }

  private static func nothing(_ choice: Choice, at path: String) -> GalleyError {
    switch choice {
    case .subset(let subset):
      GalleyError(
        .badData, "can't judge the model", at: path, why: "there are no items in the subset '\(subset.rawValue)'",
        remedy: "Split the data so that the subset has items.")
    case .unassigned:
      GalleyError(
        .badData, "can't answer items", at: path, why: "there are none without a subset",
        remedy: "Name images, folders or archives to answer.")
    case .any: GalleyError(.badData, "can't use the items", at: path, why: "there are none")
    }
  }
}
