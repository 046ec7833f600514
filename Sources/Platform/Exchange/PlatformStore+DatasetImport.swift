// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import FoundationEssentials
internal import GRDB
public import Galley

extension PlatformStore {
  /// Imports a data set that was read from files: items with their bytes, classes, annotations.
  ///
  /// An item's path is its id in the data set; its subset goes to `metadata.subset`, what else is known to
  /// `metadata.user`. Annotations without a score are ground truth, those with one are predictions. Imported again, items
  /// that are there stay.
  /// - Parameters:
  ///   - name: The name or id of the data set here; it must be there.
  ///   - source: What the import is called: the path, usually.
  ///   - replacing: Whether ground truth of items that are there is replaced. If not, it stays, and what the files say
  ///     of such an item is rejected.
  ///   - progress: Receives how many items are done.
  /// - Returns: what was imported, and what could not be.
  /// - Throws: `GalleyError` if there is no such data set or the store can't be written.
  public func importDataset(
    _ dataset: AnnotatedDataset, into name: String, source: String, replacing: Bool = true,
    progress: (Int) -> Void = { _ in }
  ) throws(GalleyError) -> ImportReport {
    var report = ImportReport()
    try write("can't import the classes") { database in
      try addLabels(dataset.classes, toDataset: Self.require(name, in: .dataset, database), database)
    }
    var bytes = ItemBytes()
    var annotations = AnnotationImport(self, dataset: name, replacing: replacing)
    for start in stride(from: 0, to: dataset.items.count, by: 200) {
      let items = Array(dataset.items[start..<min(start + 200, dataset.items.count)])
      var drafts: [ItemDraft] = []
      var readable: [DatasetItem] = []
      for item in items {
        do throws(GalleyError) {
          drafts.append(try Self.draft(item, &bytes))
          readable.append(item)
        } catch {
          report.reject(item.id, error.why)
        }
      }
      let outcomes = try addItems(drafts, to: name)
      for (item, outcome) in zip(readable, outcomes) {
        try take(item, outcome, of: dataset.classes, source, replacing, &annotations, &report)
      }
      progress(start + items.count)
    }
    try annotations.finish(&report)
    return report
  }

  private func take(
    _ item: DatasetItem, _ outcome: ItemOutcome, of classes: [DatasetClass], _ source: String, _ replacing: Bool,
    _ annotations: inout AnnotationImport, _ report: inout ImportReport
  ) throws(GalleyError) {
    switch outcome {
    case .added: report.itemsAdded += 1
    case .failed(let reason): report.reject(item.id, reason)
    default: report.itemsKnown += 1
    }
    guard let id = outcome.id else { return }
    var drafts: [AnnotationDraft] = []
    for (index, annotation) in item.annotations.enumerated() {
      do throws(GalleyError) {
        let draft = try AnnotationMapping.draft(annotation, of: classes, itemID: id, source: source)
        try draft.check()
        drafts.append(draft)
      } catch {
        report.reject("\(item.id), annotation \(index)", error.why)
      }
    }
    if !replacing { drafts = try withoutTruthThatIsThere(drafts, of: item.id, outcome, &report) }
    try annotations.add(drafts, item: id, &report)
  }

  private static func draft(_ item: DatasetItem, _ bytes: inout ItemBytes) throws(GalleyError) -> ItemDraft {
    var metadata: [String: ConfigurationValue] = [:]
    if let subset = item.subset { metadata["subset"] = .string(subset) }
    if !item.metadata.isEmpty { metadata["user"] = .map(item.metadata) }
    var path = item.id
    let content: ItemDraft.Content
    switch item.source {
    case .file(let file): content = .file(file)
    case .pixels(let block):
      guard
        let png = PNGEncoder.encode(
          block.interleaved, width: block.size.width, height: block.size.height, channels: block.channels)
      else { throw GalleyError(.badData, "can't import the item", at: item.id, why: "its pixels are no PNG's") }
      content = .bytes(Data(png))
      if !ImageHeader.isImageName(path) { path += ".png" }
    default:
      guard let data = try bytes.read(item.source) else {
        throw GalleyError(.badData, "can't import the item", at: item.id, why: "it has no bytes")
      }
      content = .bytes(data)
    }
    return ItemDraft(path: path, content: content, metadata: JSONObject(metadata))
  }

  /// Items with their ground truth, or with what one model predicted, as a data set that `DatasetWriter` writes.
  /// - Parameters:
  ///   - name: The name or id of the data set.
  ///   - filters: Which items; a page of it is not looked at.
  ///   - model: The id of the model whose predictions are wanted in the place of ground truth.
  /// - Throws: `GalleyError` if there is no such data set or the filter can't be used.
  public func annotatedDataset(
    _ name: String, _ filters: Filters = Filters(.items), predictionsOf model: String? = nil
  ) throws(GalleyError) -> AnnotatedDataset {
    let entity = try dataset(name)
    let items = try allItems(filters, in: name)
    var classes = entity.labels
    var positions = Dictionary(
      classes.enumerated().map { (Array($0.element.name.utf8), $0.offset) }, uniquingKeysWith: min)
    var result: [DatasetItem] = []
    for item in items {
      let kept: [PlatformAnnotation]
      if let model {
        kept = try predictions(ofItem: item.id, model: model)
      } else {
        kept = try annotations(ofItem: item.id)
      }
      let annotations = kept.map { annotation -> Annotation in
        guard !annotation.label.isEmpty else { return AnnotationMapping.annotation(annotation, label: nil) }
        let key = Array(annotation.label.utf8)
        if positions[key] == nil {
          positions[key] = classes.count
          classes.append(Self.entry(annotation))
        }
        return AnnotationMapping.annotation(annotation, label: positions[key])
      }
      let values = item.metadata.values
      result.append(
        DatasetItem(
          id: String(item.path.dropFirst()), source: .file(path(of: item)), subset: values["subset"]?.text,
          size: item.size, metadata: values["user"]?.fields ?? [:], annotations: annotations))
    }
    return AnnotatedDataset(classes: classes, items: result, metadata: entity.metadata.values)
  }

  /// A class that only annotations name.
  private static func entry(_ annotation: PlatformAnnotation) -> DatasetClass {
    guard case .keypoints(let set) = annotation.geometry else { return DatasetClass(annotation.label) }
    return DatasetClass(annotation.label, keypoints: set.points.map(\.name))
  }
}
