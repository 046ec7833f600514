// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import Foundation
import Galley
import Platform
import Testing

@Suite struct ExchangeTests {
  /// A data set with everything that COCO can say, and labels of all kinds.
  private func dataset() throws -> AnnotatedDataset {
    let size = PixelSize(width: 8, height: 6)
    let mask = try #require(RunLengthMask(size: size, pixels: (0..<48).map { $0 % 7 == 0 ? 1 : 0 }))
    let square = [PixelPoint(1, 1), PixelPoint(3, 1), PixelPoint(3, 3), PixelPoint(1, 3)]
    let annotations = [
      Annotation(label: 0, box: Box(x: 1, y: 1, width: 2, height: 3), attributes: ["note": "ü"]),
      Annotation(label: 1, box: Box(x: 1, y: 1, width: 2, height: 2), polygons: [square, square]),
      Annotation(label: 2, box: Box(x: 0, y: 0, width: 8, height: 6), mask: mask, isCrowd: true),
      Annotation(
        label: 1, box: Box(x: 1, y: 1, width: 2, height: 2), polygons: [square],
        keypoints: [Keypoint(PixelPoint(1, 2), .hidden), Keypoint(PixelPoint(0, 0), .absent)]),
    ]
    let classes = [
      DatasetClass("käse 🧀"), DatasetClass("a/b, \"c\"", keypoints: ["nose", "tail"], skeleton: [[0, 1]]),
      DatasetClass(" space "),
    ]
    let items = (0..<3).map { index in
      DatasetItem(
        id: "d\(index)/p\(index).png", source: .bytes(Array(png(width: 8, height: 6, shade: UInt8(index)))),
        subset: index == 0 ? "train" : "val", size: size, annotations: index == 2 ? [] : annotations)
    }
    return AnnotatedDataset(classes: classes, items: items)
  }

  @Test func aDataSetComesBackAsItWasImported() throws {
    let home = try TemporaryStore()
    let original = try dataset()
    try home.store.createDataset("d")
    let report = try home.store.importDataset(original, into: "d", source: "test")
    #expect(report.itemsAdded == 3 && report.annotations == 8 && report.predictions == 0 && report.rejected == [])
    let again = try home.store.annotatedDataset("d")
    #expect(again.classes == original.classes)
    #expect(again.items.map(\.id) == original.items.map(\.id))
    #expect(again.items.map(\.subset) == original.items.map(\.subset))
    #expect(again.items.map(\.annotations) == original.items.map(\.annotations))
    // A second time nothing is doubled.
    let second = try home.store.importDataset(original, into: "d", source: "test")
    #expect(second.itemsKnown == 3 && second.itemsAdded == 0)
    #expect(try home.store.annotatedDataset("d").items.map(\.annotations) == original.items.map(\.annotations))
  }

  @Test func formatsAreReadThroughTheStoreAsDirectly() throws {
    let home = try TemporaryStore()
    let folder = home.folder + "/coco"
    try DatasetWriter.write(dataset(), as: .coco, to: folder)
    let read = try DatasetReader.read(folder).complete()
    try home.store.createDataset("d")
    _ = try home.store.importDataset(read, into: "d", source: folder)
    let copy = home.folder + "/copy"
    try DatasetWriter.write(home.store.annotatedDataset("d"), as: .coco, to: copy)
    let again = try DatasetReader.read(copy).complete()
    func plain(_ dataset: AnnotatedDataset) -> [[Annotation]] {
      dataset.items.map { item in
        item.annotations.map { annotation in
          var annotation = annotation
          annotation.provenance = nil
          return annotation
        }
      }
    }
    #expect(plain(again) == plain(read) && again.classes.map(\.name) == read.classes.map(\.name))
    let first = try #require(try home.store.items(Filters(.items), in: "d").entries.first)
    #expect(first.size == PixelSize(width: 8, height: 6) && first.mediaType == "image/png")
  }

  @Test func scoresMakeAnnotationsPredictions() throws {
    let home = try TemporaryStore()
    var scored = try dataset()
    scored.items[0].annotations[0].score = 0.5
    try home.store.createDataset("d")
    let report = try home.store.importDataset(scored, into: "d", source: "results.json")
    #expect(report.annotations == 7 && report.predictions == 1)
    let predicted = try home.store.annotatedDataset("d", predictionsOf: "import:results.json")
    #expect(predicted.items[0].annotations.map(\.score) == [0.5])
    #expect(try home.store.annotatedDataset("d").items[0].annotations.count == 3)
  }

  private static let bad: [(String, String)] = [
    (#"{"type": "box", "label": "a"}"#, "two points"), (#"{"label": "a"}"#, "no type"), ("3", "object"),
    (#"{"type": "box", "label": 3, "coordinates": []}"#, "no text"),
    (#"{"type": "point", "label": "a", "coordinates": {"x": "1", "y": 2}}"#, "numbers x and y"),
    (#"{"type": "binary", "label": "a", "coordinates": "data:image/png;base64,@@"}"#, "base64"),
    (#"{"type": "binary", "label": "a", "coordinates": "data:image/png;base64,AAAA"}"#, "can't be read"),
    (#"{"type": "ellipse", "label": "a", "coordinates": {"rx": 1}}"#, "ellipse"),
    (
      #"{"type": "class", "label": "a", "metadata": {"user": {"model": {"name": "m", "confidence": 7}}}}"#,
      "from 0 to 1"
    ),
    (#"{"type": "segment", "label": "a", "coordinates": [[{"x": 1}]]}"#, "numbers x and y"),
  ]

  @Test func badAnnotationsAreNamedAndTheRestIsImported() throws {
    let home = try TemporaryStore()
    _ = try home.items(1)
    let file = home.folder + "/a.json"
    let good = #"{"type": "class", "label": "good", "creator": "ada"}"#
    let list = ([good] + Self.bad.map(\.0) + [good]).joined(separator: ",")
    try Data("[\(list)]".utf8).write(to: URL(filePath: file))
    let report = try home.store.importAnnotations(file, into: "things", item: "/0.txt")
    #expect(report.annotations == 2 && report.rejected.count == Self.bad.count)
    for (index, (rejected, bad)) in zip(report.rejected, Self.bad).enumerated() {
      #expect(rejected.place.contains("annotations[\(index + 1)]") && rejected.reason.contains(bad.1), "\(rejected)")
    }
    for text in ["{", "7", #"{"annotations": 3}"#, "[\u{0}]"] {
      try Data(text.utf8).write(to: URL(filePath: file))
      #expect(refusal { try home.store.importAnnotations(file, into: "things", item: "/0.txt") }?.exitCode == .badData)
    }
    #expect(refusal { try home.store.importAnnotations("/nowhere", into: "things") }?.exitCode == .missingInput)
  }

  @Test func aModelsNameAnywhereMakesAPrediction() throws {
    let home = try TemporaryStore()
    let item = try home.items(1)[0]
    let file = home.folder + "/a.json"
    let documents = [
      #"{"system": {"model": {"name": "m", "model_id": "1"}}}"#, #"{"user": {"model": {"name": "m"}}}"#,
      #"{"user": {"model": {"name": "m"}, "galley": {"origin": {"person": "ada"}}}}"#, #"{"user": {"model": "m"}}"#,
      #"{"user": {"model": {"name": "m", "version": 7}}}"#,
    ]
    let list = documents.map { #"{"type": "class", "label": "a", "metadata": \#($0)}"# }.joined(separator: ",")
    try Data("[\(list)]".utf8).write(to: URL(filePath: file))
    let report = try home.store.importAnnotations(file, into: "things", item: item)
    #expect(report.annotations == 0 && report.predictions == 5)
    #expect(try home.store.annotations(ofItem: item).isEmpty)
  }

  @Test func namesThatDifferInTheirEndingGetDocumentsOfTheirOwn() throws {
    let home = try TemporaryStore()
    try home.store.createDataset("d")
    let paths = ["/a.png", "/a.jpg", "/a", "/b.tar.gz"]
    let ids = try home.store.addItems(paths.map { ItemDraft(path: $0, content: .bytes(Data($0.utf8))) }, to: "d")
      .compactMap(\.id)
    for (id, path) in zip(ids, paths) { try home.box(id, path) }
    let folder = home.folder + "/out"
    #expect(try home.store.exportDataloop("d", to: folder) == 4)
    #expect(refusal { try home.store.exportDataloop("d", to: folder) }?.exitCode == .cantCreate)
    try home.store.createDataset("copy")
    let report = try home.store.importDataloop(folder, into: "copy")
    #expect(report.itemsAdded == 4 && report.annotations == 4 && report.rejected == [])
    for path in paths {
      let item = try home.store.item(path, in: "copy")
      #expect(try home.store.annotations(ofItem: item.id).map(\.label) == [path])
      #expect(try home.store.bytes(of: item) == Data(path.utf8))
    }
  }

  private static let kinds = #"""
    {"filename": "/0.txt", "_id": "65f1111111111111111111bb", "metadata": {"system": {"mimetype": "image/png"}},
    "annotations": [{"id": "1", "type": "box", "label": "a", "coordinates": [{"x": 1, "y": 2}, {"x": 3, "y": 4}, 30]},
    {"type": "segment", "label": "b", "coordinates": [[{"x": 1, "y": 2}, {"x": 3, "y": 4}, {"x": 5, "y": 1}]]},
    {"type": "point", "label": "c", "coordinates": {"x": 1, "y": 2, "z": 0}}, {"type": "cube", "coordinates": [1]},
    {"id": "p", "type": "pose", "label": "d", "coordinates": {"templateId": "t", "instanceId": "i"}},
    {"type": "point", "label": "e", "coordinates": {"x": 1, "y": 2}, "metadata": {"system": {"parentId": "p"}}},
    {"type": "ellipse", "label": "f", "coordinates": {"center": {"x": 1, "y": 2}, "rx": 1, "ry": 2, "angle": 3}},
    {"type": "binary", "label": "g", "coordinates": "data:image/png;base64,iVBORw0KGgo="},
    {"type": "class", "label": "h", "metadata": {"user": {"model": {"name": "m", "confidence": 0.5},
    "galley": {"geometry": {"mask": {"size": [3, 2], "counts": "123"}}, "origin": {"person": "x"}}}}}]}
    """#

  /// Drawn changes of a document: it is imported and comes out again, or there is an error; nothing crashes.
  @Test func anyBytesAreADocumentOrAnError() throws {
    let home = try TemporaryStore()
    let item = try home.items(1)[0]
    let file = home.folder + "/a.json"
    var generator = SystemRandomNumberGenerator()
    var imported = 0
    for _ in 0..<400 {
      var bytes = Array(Self.kinds.utf8)
      for _ in 0..<Int.random(in: 0...3, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: bytes[place] = UInt8.random(in: 0x20...0x7E, using: &generator)
        case 1: bytes.remove(at: place)
        default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &generator)], at: place)
        }
      }
      try Data(bytes).write(to: URL(filePath: file))
      let error = refusal { try home.store.importAnnotations(file, into: "things", item: "/0.txt", replacing: true) }
      #expect(error == nil || error?.exitCode == .badData, "\(error as Any)")
      imported += error == nil ? 1 : 0
      _ = try home.store.dataloopDocument(of: home.store.item(item), .everything)
    }
    #expect(imported > 50)
  }
}
