// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Brings a data set's classes into the order of a model's scores, by their names.
struct ClassOrder {
  /// For each of the data's labels, its index in the model's.
  let indices: [Int]
  let labels: [String]

  /// - Throws: `GalleyError` if the model lacks a class of the data: both sides, and what is near.
  init(data: [String], model: [String], _ path: String, _ summary: String) throws(GalleyError) {
    let positions = Dictionary(model.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    let missing = data.filter { positions[$0] == nil }
    if let first = missing.first {
      let near = NearestName.match(first, in: model).map { "; '\($0)' may be meant by '\(first)'" } ?? ""
      throw GalleyError(
        .badData, "the model's classes are not the data's", at: summary,
        why: "it has no class \(Self.list(missing)), which \(path) has; it has \(Self.list(model))\(near)",
        remedy: "Use the data that the model was made for, or train it on this one.")
    }
    indices = data.compactMap { positions[$0] }
    labels = model
  }

  /// The data with the model's labels.
  func apply(to data: ReadData) throws(GalleyError) -> ReadData {
    guard indices != Array(labels.indices) else { return data }
    var result = data
    result.labels = labels
    switch data.content {
    case .listing(let listing, let unpacked):
      let items = listing.items.map { item in
        var item = item
        item.classes = item.classes.map { indices[$0] }.sorted()
        return item
      }
      result.content = .listing(
        try ItemListing(task: listing.task, root: listing.root, labels: labels, items: items), unpacked: unpacked)
    case .prepared(let prepared):
      var subsets: [Subset: LabeledItems] = [:]
      for (subset, items) in prepared.subsets {
        subsets[subset] = try LabeledItems(
          ids: items.ids, inputs: items.inputs, classes: items.classes.map { indices[$0] }, labels: labels)
      }
      result.content = .prepared(try PreparedData(subsets: subsets, preprocessing: prepared.preprocessing))
    }
    return result
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(10).map { "'\($0)'" }.joined(separator: ", ") + (names.count > 10 ? ", …" : "")
  }
}
