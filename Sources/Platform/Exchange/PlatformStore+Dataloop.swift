// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import Foundation
internal import GRDB
public import Galley

/// Whose annotations an export holds.
public enum ExportedAnnotations: Sendable, Hashable {
  /// Ground truth.
  case truth
  /// What one model predicted, by the model's id.
  case predictions(model: String)
  /// Ground truth and the predictions of all models, each of which names its model.
  case everything
}

extension PlatformStore {
  /// Imports a folder as Dataloop's downloads have it: `json/**.json`, one file for each item, and the items' bytes in
  /// `items/**`. An item whose bytes aren't there must be in the data set already.
  /// - Parameters:
  ///   - name: The name or id of the data set here; it must be there.
  ///   - replacing: Whether the items' former ground truth goes.
  ///   - progress: Receives how many files are done.
  /// - Returns: what was imported, and what could not be.
  /// - Throws: `GalleyError` if the folder has no such files, there is no such data set, or the store can't be written.
  public func importDataloop(
    _ folder: String, into name: String, replacing: Bool = false, progress: (Int) -> Void = { _ in }
  ) throws(GalleyError) -> ImportReport {
    let documents = Self.paths(below: "\(folder)/json").filter { $0.hasSuffix(".json") }
    let files = Self.paths(below: "\(folder)/items")
    guard !documents.isEmpty || !files.isEmpty else {
      throw GalleyError(
        .missingInput, "can't import the data set", at: folder, why: "neither 'json' nor 'items' in it has files",
        remedy: "Name the folder that Dataloop's download made.")
    }
    var report = ImportReport()
    var annotations = AnnotationImport(self, dataset: name, replacing: replacing)
    var known = Set(files)
    for (index, document) in documents.enumerated() {
      let file = "\(folder)/json/\(document)"
      do throws(GalleyError) {
        let item = try DataloopItem(Self.contents(file), at: file)
        let path = item.path ?? Self.path(of: document, among: known)
        known.remove(String(path.drop { $0 == "/" }))
        let id = try self.id(of: item, path, "\(folder)/items", name, &report)
        try take(item, id, file, &annotations, &report)
      } catch {
        guard error.exitCode != .cantCreate, error.exitCode != .tryAgain else { throw error }
        report.reject(file, error.why)
      }
      progress(index + 1)
    }
    // Items that no document speaks of.
    let rest = known.sorted()
    for (path, outcome) in zip(
      rest, try addItems(rest.map { ItemDraft(path: $0, content: .file("\(folder)/items/\($0)")) }, to: name))
    {
      Self.count(outcome, path, &report)
    }
    try annotations.finish(&report)
    return report
  }

  /// Imports one document of Dataloop's for an item that is there.
  /// - Parameters:
  ///   - file: The document: an item with `annotations`, or a list of annotations.
  ///   - item: The item's id or path; `nil` if the document's `filename` says it.
  /// - Throws: `GalleyError` if the document can't be read, or there is no such item.
  public func importAnnotations(
    _ file: String, into name: String, item: String? = nil, replacing: Bool = false
  ) throws(GalleyError) -> ImportReport {
    try importAnnotations(Self.contents(file), named: file, into: name, item: item, replacing: replacing)
  }

  /// Imports one document of Dataloop's that isn't a file.
  /// - Parameter file: What the document is called: origins of ground truth name its last part, errors all of it.
  /// - Throws: `GalleyError` as above.
  public func importAnnotations(
    _ contents: Data, named file: String, into name: String, item: String? = nil, replacing: Bool = false
  ) throws(GalleyError) -> ImportReport {
    let document = try DataloopItem(contents, at: file)
    guard let path = item ?? document.path else {
      throw GalleyError(
        .usage, "can't import the annotations", at: file, why: "it doesn't say of which item they are",
        remedy: "Name the item.")
    }
    let found = try self.item(path, in: name)
    guard try dataset(name).id == found.datasetID else {
      throw GalleyError(
        .usage, "can't import the annotations", at: file, why: "the item \(found.id) is in another data set")
    }
    var report = ImportReport()
    var annotations = AnnotationImport(self, dataset: name, replacing: replacing)
    report.itemsKnown = 1
    try take(document, found.id, file, &annotations, &report)
    try annotations.finish(&report)
    return report
  }

  private func take(
    _ document: DataloopItem, _ id: String, _ file: String, _ annotations: inout AnnotationImport,
    _ report: inout ImportReport
  ) throws(GalleyError) {
    let size = try item(id).size
    let source = file.split(separator: "/").last.map(String.init) ?? file
    let (drafts, rejected) = document.drafts(itemID: id, source: source, size: size)
    for (index, reason) in rejected { report.reject("\(file): annotations[\(index)]", reason) }
    try annotations.add(drafts, item: id, &report)
  }

  /// The id of the item that a document speaks of, which is added if its bytes are there.
  private func id(
    of document: DataloopItem, _ path: String, _ items: String, _ name: String, _ report: inout ImportReport
  ) throws(GalleyError) -> String {
    let path = try ItemPath.normal(path)
    let file = items + path
    guard FileManager.default.fileExists(atPath: file) else {
      let item = try self.item(path, in: name)
      report.itemsKnown += 1
      return item.id
    }
    let usable = document.id.flatMap { EntityID.isUsable($0) ? $0 : nil }
    let draft = ItemDraft(
      path: path, content: .file(file), isHidden: document.isHidden, metadata: document.metadata, id: usable)
    let outcome = try addItems([draft], to: name)[0]
    Self.count(outcome, path, &report)
    guard let id = outcome.id else {
      throw GalleyError(.badData, "can't import the item", at: path, why: "its file can't be read")
    }
    return id
  }

  private static func count(_ outcome: ItemOutcome, _ path: String, _ report: inout ImportReport) {
    switch outcome {
    case .added: report.itemsAdded += 1
    case .failed(let reason): report.reject(path, reason)
    default: report.itemsKnown += 1
    }
  }

  /// The item's path for a document that doesn't say it: the file of the same name with another ending.
  private static func path(of document: String, among files: Set<String>) -> String {
    let stem = String(document.dropLast(".json".count))
    if files.contains(stem) { return stem }
    return files.filter { $0.hasPrefix(stem + ".") && !$0.dropFirst(stem.count + 1).contains(".") }.min() ?? stem
  }

  static func contents(_ file: String) throws(GalleyError) -> Data {
    do {
      return try Data(contentsOf: URL(filePath: file))
    } catch {
      throw GalleyError(
        .missingInput, "can't import the annotations", at: file, why: "the file is missing or may not be read")
    }
  }

  /// The regular files below a folder, by their paths from it on, in the order of their bytes.
  package static func paths(below folder: String) -> [String] {
    guard let walk = FileManager.default.enumerator(atPath: folder) else { return [] }
    var paths: [String] = []
    while let path = walk.nextObject() as? String {
      if walk.fileAttributes?[.type] as? FileAttributeType == .typeRegular { paths.append(path) }
    }
    return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  // MARK: Export

  /// An item with annotations as Dataloop's JSON, which `dtlpy.AnnotationCollection.from_json` reads.
  /// - Throws: `GalleyError` if the store can't be read.
  public func dataloopDocument(
    of item: PlatformItem, _ exported: ExportedAnnotations = .truth
  ) throws(GalleyError) -> Data {
    DataloopItem.json(item, try annotations(of: item, exported))
  }

  private func annotations(
    of item: PlatformItem, _ exported: ExportedAnnotations
  ) throws(GalleyError) -> [PlatformAnnotation] {
    switch exported {
    case .truth: try annotations(ofItem: item.id)
    case .predictions(let model): try predictions(ofItem: item.id, model: model)
    case .everything: try annotations(ofItem: item.id) + predictions(ofItem: item.id)
    }
  }

  /// Writes items and annotations as Dataloop's downloads have them: `items/**` and `json/**.json`.
  /// - Parameters:
  ///   - filters: Which items; a page of it is not looked at.
  ///   - withBackground: Whether items of which no annotation is written are written too.
  ///   - withItems: Whether the items' bytes are written too.
  ///   - durably: Whether the files must outlast a power failure.
  ///   - folder: A new or empty folder.
  ///   - isKept: Says of an annotation whether it is written.
  /// - Returns: how many items were written.
  /// - Throws: `GalleyError` if the folder isn't empty or can't be written.
  public func exportDataloop(
    _ name: String, _ filters: Filters = Filters(.items), _ exported: ExportedAnnotations = .truth,
    withBackground: Bool = true, withItems: Bool = true, durably: Bool = true, to folder: String,
    keeping isKept: (PlatformAnnotation) -> Bool = { _ in true }, progress: (Int) -> Void = { _ in }
  ) throws(GalleyError) -> Int {
    if let entries = try? FileManager.default.contentsOfDirectory(atPath: folder), !entries.isEmpty {
      throw GalleyError(
        .cantCreate, "can't export the data set", at: folder, why: "the folder is not empty",
        remedy: "Choose a new folder: nothing is overwritten.")
    }
    let items = try allItems(filters, in: name)
    var taken: Set<String> = []
    var written = 0
    for (index, item) in items.enumerated() {
      // Items of one name with different endings would share a document.
      let stem = String(item.path.dropLast(Self.endingLength(item.name)))
      let names = [stem, item.path, "\(item.path)-\(item.id)"]
      let document = names.first { taken.insert($0).inserted } ?? item.path
      let annotations = try annotations(of: item, exported).filter(isKept)
      if annotations.isEmpty, !withBackground { continue }
      let data = DataloopItem.json(item, annotations)
      do throws(FileError) {
        try AtomicFile.write(data, to: "\(folder)/json\(document).json", durably: durably)
        if withItems { try AtomicFile.copy(path(of: item), to: "\(folder)/items\(item.path)", durably: durably) }
      } catch {
        throw error.operation == .read
          ? GalleyError(.badData, "can't export the data set", at: error.path, why: "the item's file is missing")
          : GalleyError(writing: error, "can't export the data set")
      }
      written += 1
      progress(index + 1)
    }
    return written
  }

  private static func endingLength(_ name: String) -> Int {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return 0 }
    return name[dot...].count
  }
}
