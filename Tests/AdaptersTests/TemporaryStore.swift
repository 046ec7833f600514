// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Adapters
import Foundation
import Galley
import Images
import Platform

/// A store in a folder of its own, which is removed with this value.
final class TemporaryStore: Sendable {
  let folder: String
  let store: PlatformStore

  init() throws {
    folder = FileManager.default.temporaryDirectory.path + "/adapters-\(UUID().uuidString)"
    store = try PlatformStore.open(PlatformPlace(home: folder, environment: [:]))
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Adds pictures `/000.png`, `/001.png` … of one shade each, of which some are damaged; gives their ids.
  @discardableResult
  func pictures(
    _ count: Int, damaged: Set<Int> = [], in dataset: String = "pictures", side: (Int) -> Int = { _ in 8 },
    shade: (Int) -> UInt8 = { UInt8($0 % 256) }
  ) throws -> [String] {
    if (try? store.dataset(dataset)) == nil { try store.createDataset(dataset) }
    let drafts = try (0..<count).map { index in
      var bytes = try png(side: side(index), shade: shade(index))
      if damaged.contains(index) { bytes = Data(bytes.prefix(bytes.count / 2)) }
      return ItemDraft(path: Self.path(index), content: .bytes(bytes))
    }
    return try store.addItems(drafts, to: dataset).compactMap(\.id)
  }

  static func path(_ index: Int) -> String { "/" + String("00\(index)".suffix(3)) + ".png" }

  /// Says what the class of an item is.
  func annotate(_ item: String, _ label: String, _ geometry: AnnotationGeometry = .whole) throws {
    try store.addAnnotations([
      AnnotationDraft(itemID: item, label: label, geometry: geometry, origin: .person("ada"))
    ])
  }

  /// Creates a model that predicts classes of the pictures.
  @discardableResult
  func model(
    _ name: String = "net", configuration: [String: ConfigurationValue] = [:], subsets: [String: Filters] = [:],
    outputType: String = "class", artifacts: [String: String] = [:], project: String = PlatformStore.defaultProject
  ) throws -> PlatformModel {
    var change = ModelChange()
    change.dataset = "pictures"
    change.configuration = JSONObject(configuration)
    change.subsets = subsets
    change.outputType = outputType
    let model = try store.createModel(name, in: project, change)
    guard !artifacts.isEmpty else { return model }
    let source = folder + "/artifacts-\(UUID().uuidString)"
    for (path, text) in artifacts {
      let file = URL(filePath: "\(source)/\(path)")
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return try store.setArtifacts(ofModel: model.id, from: source)
  }

  /// What a model predicted for an item: its labels.
  func labels(_ item: String, _ model: PlatformModel) throws -> [String] {
    try store.predictions(ofItem: item, model: model.id).map(\.label)
  }

  /// All files and folders below a local folder, in order.
  func tree(_ folder: String) -> [String] {
    (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []).sorted()
  }
}

/// A square picture of one shade.
func png(side: Int, shade: UInt8) throws -> Data {
  Data(
    try Image(width: side, height: side, format: .rgb, color: [shade, shade, shade]).encoded(as: .png(level: 1)))
}

/// What an expression throws.
func refusal(_ body: () async throws -> some Any) async -> GalleyError? {
  do {
    _ = try await body()
    return nil
  } catch {
    return error as? GalleyError
  }
}

extension Filters {
  /// Items whose path begins with `/` and these digits.
  static func paths(_ paths: [String]) -> Filters {
    Filters(.items, .test(field: "path", .among, .list(paths.map { .string($0) })))
  }
}

extension AdapterItemResult {
  /// The failure, if it failed.
  var failure: AdapterFailure? { if case .failed(let failure) = outcome { failure } else { nil } }
  /// Why it wasn't tried, if it wasn't.
  var skipped: String? { if case .skipped(let reason) = outcome { reason } else { nil } }
}
