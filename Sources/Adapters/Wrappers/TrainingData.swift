// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Files
internal import Foundation
internal import Galley
internal import JSONStream
internal import Platform

/// The data of one training, laid out as Dataloop's model adapters have it.
struct TrainingData {
  let store: PlatformStore
  let model: PlatformModel
  let dataset: PlatformDataset
  let card: AdapterCard

  /// What was written.
  struct Prepared {
    /// The folder with `train` and `validation`.
    var folder: String
    /// The folder for what training writes.
    var output: String
    /// Items of each subset.
    var items: [String: Int]
  }

  /// The subsets that a training has.
  static let subsets = [Subset.train, .validation]

  /// Refuses a model without these subsets.
  static func check(_ model: PlatformModel, _ dataset: PlatformDataset, _ store: PlatformStore) throws(GalleyError) {
    for subset in subsets { _ = try model.filters(of: subset, in: dataset.id, store) }
  }

  /// Writes items and ground truth of each subset.
  /// - Throws: `GalleyError` if a subset has no item, or a file can't be written.
  func write(to folder: String) throws -> Prepared {
    let data = "\(folder)/datasets/\(dataset.id)"
    let output = "\(folder)/output"
    var counts: [String: Int] = [:]
    for subset in Self.subsets {
      let filters = try model.filters(of: subset, in: dataset.id, store)
      let isKept = try selection(of: subset.rawValue)
      let count = try store.exportDataloop(
        dataset.id, filters, flag("include_model_annotations") ? .everything : .truth,
        withBackground: flag("include_background") || model.outputType == "embedding", durably: false,
        to: "\(data)/\(subset.rawValue)", keeping: isKept)
      guard count > 0 else {
        throw GalleyError(
          .badData, "can't train the model '\(model.name)'", at: "subset \(subset.rawValue)",
          why: "no item with ground truth\(words) passes the filter \(filters.json)",
          remedy: "Change the filter, annotate items, or set 'include_background' in the model's configuration.")
      }
      counts[subset.rawValue] = count
    }
    do throws(FileError) {
      try AtomicFile.createFolder(output)
    } catch {
      throw GalleyError(writing: error, "can't train the model")
    }
    return Prepared(folder: data, output: output, items: counts)
  }

  /// Which annotations of a subset are learnt from: what the model's `metadata.system.annotationsSubsets` says, else
  /// those of the types that it can learn from.
  private func selection(of subset: String) throws -> (PlatformAnnotation) -> Bool {
    guard let stated = model.metadata["system"]?["annotationsSubsets"]?[subset], stated != .null else {
      return { [types] in types?.contains($0.geometry.type) ?? true }
    }
    var json = JSONWriter()
    json.write(stated)
    var filters = try Filters(
      json: Data(json.bytes), at: "metadata.system.annotationsSubsets.\(subset)", for: .annotations)
    var ids: Set<String> = []
    filters.pageSize = Filters.maximumPageSize
    for page in 0... {
      filters.page = page
      let found = try store.annotations(filters, in: dataset.id).entries
      ids.formUnion(found.map(\.id))
      if found.count < filters.pageSize { break }
    }
    return { ids.contains($0.id) || $0.origin.isPrediction }
  }

  private var words: String { types.map { " of the type \($0.sorted().joined(separator: " or "))" } ?? "" }

  /// The types of annotation that the model can learn from; `nil` for all. Outlines and masks stand for each other.
  private var types: Set<String>? {
    switch model.outputType {
    case "embedding", "": nil
    case "segment", "binary": ["segment", "binary"]
    case let type: [type]
    }
  }

  private func flag(_ key: String) -> Bool { model.configuration[key] == .bool(true) }
}
