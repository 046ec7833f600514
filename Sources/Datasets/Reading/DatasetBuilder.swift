// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Gathers what a reader finds.
struct DatasetBuilder {
  private(set) var dataset = AnnotatedDataset()
  private(set) var findings: [DatasetFinding] = []
  let tree: FileTree
  /// Classes by the bytes of their names: Swift takes texts for equal that differ in Unicode form only.
  private var classIndices: [[UInt8]: Int] = [:]
  private var positions: [String: Int] = [:]
  private var headers: [String: ImageHeader?] = [:]

  init(_ tree: FileTree) {
    self.tree = tree
    findings = tree.refused
  }

  /// The position of the class with this name, which is added if it is new.
  mutating func label(_ name: String) -> Int {
    if let index = classIndices[Array(name.utf8)] { return index }
    return declare(DatasetClass(name))
  }

  /// The position of the class with this name, if there is one.
  func knownLabel(_ name: String) -> Int? { classIndices[Array(name.utf8)] }

  /// Adds a class, or completes the one of this name.
  @discardableResult
  mutating func declare(_ entry: DatasetClass) -> Int {
    if let index = classIndices[Array(entry.name.utf8)] {
      if dataset.classes[index].keypoints.isEmpty {
        dataset.classes[index].keypoints = entry.keypoints
        dataset.classes[index].skeleton = entry.skeleton
      }
      return index
    }
    classIndices[Array(entry.name.utf8)] = dataset.classes.count
    dataset.classes.append(entry)
    return dataset.classes.count - 1
  }

  /// Adds a class whose position counts, even if another has its name.
  mutating func declareNumbered(_ name: String, keypoints: [String] = [], at place: String) {
    if let earlier = classIndices[Array(name.utf8)] {
      report(
        .warning, .similarLabels, at: place,
        "the class '\(name)' is listed twice: as \(earlier) and \(dataset.classes.count)")
    } else {
      classIndices[Array(name.utf8)] = dataset.classes.count
    }
    dataset.classes.append(DatasetClass(name, keypoints: keypoints))
  }

  mutating func report(
    _ severity: DatasetFinding.Severity, _ kind: DatasetFinding.Kind, at place: String, _ message: String,
    item: String? = nil
  ) {
    findings.append(DatasetFinding(severity, kind, at: place, message, item: item))
  }

  /// Reports that something can't be read; reading goes on with the rest.
  mutating func report(_ error: GalleyError) {
    let isMissing = error.exitCode == .missingInput
    report(.error, isMissing ? .missingFile : .malformed, at: error.place ?? "", error.why)
  }

  /// Adds an item; of two with the same id the second is refused.
  mutating func append(_ item: DatasetItem) {
    if positions[item.id] != nil {
      report(
        .error, .duplicateID, at: item.provenance?.description ?? item.id, "the item '\(item.id)' occurs twice",
        item: item.id)
      return
    }
    positions[item.id] = dataset.items.count
    dataset.items.append(item)
  }

  /// Changes the item with this id, which is created first if it is new.
  mutating func withItem(_ id: String, or new: @autoclosure () -> DatasetItem, _ body: (inout DatasetItem) -> Void) {
    let position: Int
    if let known = positions[id] {
      position = known
    } else {
      position = dataset.items.count
      positions[id] = position
      dataset.items.append(new())
    }
    body(&dataset.items[position])
  }

  /// Changes the item at a position.
  mutating func changeItem(at position: Int, _ body: (inout DatasetItem) -> Void) {
    if dataset.items.indices.contains(position) { body(&dataset.items[position]) }
  }

  /// The position of an item.
  func position(_ id: String) -> Int? { positions[id] }

  mutating func setMetadata(_ key: String, _ value: ConfigurationValue) { dataset.metadata[key] = value }

  /// What the image's own bytes say; `nil` if they can't be read, which is not reported here: the checks do.
  mutating func header(_ path: String) -> ImageHeader? {
    if let known = headers[path] { return known }
    let header = (try? tree.head(path, count: ImageHeader.headLength)).flatMap { try? ImageHeader($0) }
    headers[path] = .some(header)
    return header
  }

  /// An item for an image file of the tree.
  mutating func imageItem(_ path: String, subset: String?, withSize: Bool = true) -> DatasetItem {
    DatasetItem(id: path, source: tree.source(path), subset: subset, size: withSize ? header(path)?.size : nil)
  }
}
