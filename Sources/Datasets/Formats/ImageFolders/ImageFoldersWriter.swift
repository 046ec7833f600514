// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Writes a folder for each class, below one for each subset if there are subsets.
enum ImageFoldersWriter: FormatWriter {
  static let format = DatasetFormat.imageFolders

  static func write(_ dataset: AnnotatedDataset, to output: inout DatasetOutput) throws(GalleyError) {
    for (subset, items) in DatasetOutput.subsets(dataset) {
      for item in items {
        guard let label = mainLabel(item), dataset.classes.indices.contains(label) else { continue }
        let name = DatasetOutput.plain(dataset.classes[label].name)
        _ = try output.writeImage(of: item, into: subset.map { "\($0)/\(name)" } ?? name)
      }
    }
  }

  /// The class of the whole item; else that of its largest object.
  static func mainLabel(_ item: DatasetItem) -> Int? {
    if let whole = item.annotations.first(where: { $0.isWholeItem && $0.label != nil }) { return whole.label }
    let labelled = item.annotations.filter { $0.label != nil }
    return labelled.max { ($0.bounds?.area ?? 0) < ($1.bounds?.area ?? 0) }?.label
  }
}
