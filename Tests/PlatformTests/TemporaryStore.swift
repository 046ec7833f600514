// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Platform

/// A store in a folder of its own, which is removed with this value.
final class TemporaryStore: Sendable {
  let folder: String
  let store: PlatformStore

  init() throws {
    folder = FileManager.default.temporaryDirectory.path + "/platform-\(UUID().uuidString)"
    store = try PlatformStore.open(PlatformPlace(home: folder, environment: [:]))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  var place: PlatformPlace { store.place }

  /// A data set with text items `/0.txt`, `/1.txt` …; gives their ids.
  func items(_ count: Int, in dataset: String = "things") throws -> [String] {
    if (try? store.dataset(dataset)) == nil { try store.createDataset(dataset) }
    let drafts = (0..<count).map { ItemDraft(path: "/\($0).txt", content: .bytes(Data("item \($0)".utf8))) }
    return try store.addItems(drafts, to: dataset).compactMap(\.id)
  }

  /// Keeps a box of somebody's.
  @discardableResult
  func box(_ item: String, _ label: String, confidence: Double? = nil, metadata: String = "{}") throws -> String {
    try store.addAnnotations([
      AnnotationDraft(
        itemID: item, label: label, geometry: .box(Box(x: 1, y: 2, width: 3, height: 4)), origin: .person("ada"),
        confidence: confidence, document: try JSONObject(parsing: metadata, at: "test"))
    ])[0]
  }

  /// Swaps predictions in: the labels of each item.
  func predict(
    _ labels: [String: [String]], model: String = "m1", version: String = "1", run: String = UUID().uuidString,
    in dataset: String = "things"
  ) throws {
    let origin = ModelOrigin(id: model, version: version, name: "model \(model)", run: run)
    let back = try store.beginWriteBack(of: origin, to: dataset)
    try back.stage(TemporaryStore.drafts(labels, origin))
    try back.swap()
  }

  static func drafts(_ labels: [String: [String]], _ origin: ModelOrigin) -> [String: [AnnotationDraft]] {
    var drafts: [String: [AnnotationDraft]] = [:]
    for (item, words) in labels {
      drafts[item] = words.map {
        AnnotationDraft(itemID: item, label: $0, geometry: .whole, origin: .model(origin), confidence: 0.5)
      }
    }
    return drafts
  }
}

/// What an expression throws.
func refusal(_ body: () throws -> some Any) -> GalleyError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? GalleyError
  }
}
