// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import Foundation
import Galley
import Images
import PeerSupport
import Platform

extension TemporaryStore {
  /// Three of five items are for training, one each for validation and test.
  private static func subset(_ number: Int) -> JSONObject {
    JSONObject(["subset": .string(["train", "train", "train", "validation", "test"][number % 5])])
  }

  static func subsets() -> [String: Filters] {
    var subsets: [String: Filters] = [:]
    for name in ["train", "validation", "test"] {
      subsets[name] = Filters(.items, .test(field: "metadata.subset", .equal, .string(name)))
    }
    return subsets
  }

  /// Every third of the real digits, as pictures of 8 × 8, in the data set `digits`.
  func digits() throws -> [String] {
    try store.createDataset("digits")
    let table = PeerPython.root.appending(path: "Examples/digits/data/digits.csv")
    let rows = try String(contentsOf: table, encoding: .utf8).split(separator: "\n").dropFirst()
    var labels: [String] = []
    var drafts: [ItemDraft] = []
    for (index, row) in rows.enumerated() where index % 3 == 0 {
      let cells = row.split(separator: ",")
      let shades = cells.dropFirst(2).map { UInt8(min(255, (Int($0) ?? 0) * 16)) }
      let image = try Image(width: 8, height: 8, format: .gray, bytes: shades)
      labels.append(String(cells[1]))
      drafts.append(
        ItemDraft(
          path: "/\(cells[0]).png", content: .bytes(Data(try image.encoded(as: .png()))),
          metadata: Self.subset(drafts.count)))
    }
    let ids = try store.addItems(drafts, to: "digits").compactMap(\.id)
    try store.addAnnotations(
      zip(ids, labels).map {
        AnnotationDraft(itemID: $0, label: $1, geometry: .whole, origin: .imported(source: "digits.csv"))
      })
    return ids
  }

  /// Rendered scenes in the data set `shapes`: with a box for each object, or with the class of the main one.
  func shapes(_ count: Int, asClasses: Bool = false) throws {
    try store.createDataset("shapes")
    let scenes = ShapesDataset(ShapesDataset.Options(count: count)).annotated()
    _ = try store.importDataset(scenes, into: "shapes", source: "shapes")
    for (number, item) in try store.allItems(Filters(.items), in: "shapes").enumerated() {
      try store.updateItem(item.id, metadata: Self.subset(number))
      let known = try store.annotations(ofItem: item.id)
      let boxes = known.compactMap { annotation in
        annotation.geometry.bounds.map {
          AnnotationDraft(
            itemID: item.id, label: annotation.label, geometry: .box($0), origin: .imported(source: "shapes"))
        }
      }
      let main = known.prefix(1).map {
        AnnotationDraft(
          itemID: item.id, label: $0.label, geometry: .whole, origin: .imported(source: "shapes"))
      }
      try store.replaceAnnotations(ofItems: [item.id], with: asClasses ? main : boxes)
    }
  }
}
