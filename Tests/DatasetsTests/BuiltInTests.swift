// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import Files
import FoundationEssentials
import Galley
import Tensors
import Testing

@Suite struct BuiltInTests {
  @Test func shapesDependOnTheSeedAloneAndNotOnTheirNumber() throws {
    let few = try ShapesDataset(.init(count: 8)).items(relativeTo: "")
    let many = try ShapesDataset(.init(count: 20)).items(relativeTo: "")
    #expect(few.inputs.shape == [8, 32, 32, 3])
    #expect(try many.inputs.rows(0..<8) == few.inputs)
    #expect(few.labels == ["circle", "square", "triangle", "cross"])
    #expect(few.classes == [0, 1, 2, 3, 0, 1, 2, 3])
    #expect(try ShapesDataset(.init(count: 8, seed: 2)).items(relativeTo: "").inputs != few.inputs)
    // The pictures are part of what users compare: they stay the same between versions and machines.
    #expect(Digest(of: Data(few.inputs.bytes)).short == "ac40de1c9f5a")
  }

  @Test func everyShapeHasTheBoxOfItsMask() throws {
    let dataset = ShapesDataset(.init(count: 40, size: 48, objects: 5)).annotated()
    #expect(dataset.annotationCount > 60)
    for (index, item) in dataset.items.enumerated() {
      #expect(item.annotations.first?.label == index % 4)
      for annotation in item.annotations {
        #expect(annotation.box == annotation.mask?.bounds)
        #expect((annotation.mask?.area ?? 0) >= 9)
      }
      let union = item.annotations.compactMap(\.mask).map(\.area).reduce(0, +)
      #expect(union <= 48 * 48)
    }
  }

  @Test func shapesGoThroughCOCOUnchangedAndTheDoctorIsContent() throws {
    let folder = try TemporaryFolder()
    var dataset = ShapesDataset(.init(count: 24, size: 40)).annotated()
    for index in dataset.items.indices { dataset.items[index].subset = index < 16 ? "train" : "val" }
    try DatasetWriter.write(dataset, as: .coco, to: "\(folder.path)/coco")
    let read = try DatasetReader.read("\(folder.path)/coco")
    #expect(read.dataset.items.flatMap(\.annotations).map(\.mask) == dataset.items.flatMap(\.annotations).map(\.mask))
    let report = DatasetDoctor().examine(read)
    #expect(report.findings.filter { $0.severity > .note }.isEmpty, "\(report.findings)")
  }

  @Test func defectsAreWrittenAsMVTecAndReadBack() throws {
    let folder = try TemporaryFolder()
    let defects = DefectsDataset(.init(train: 6, test: 2, size: 48))
    try defects.writeMVTec(to: "\(folder.path)/cloth")
    let read = try DatasetReader.read("\(folder.path)/cloth")
    #expect(read.format == .mvtec)
    #expect(read.findings.isEmpty)
    #expect(Set(read.dataset.labels) == ["good", "scratch", "hole", "stain"])
    #expect(read.dataset.items.count == 14)
    #expect(read.dataset.items.flatMap(\.annotations).count { $0.maskFile != nil } == 6)
    let report = DatasetDoctor().examine(read)
    #expect(report.findings.filter { $0.severity > .note }.isEmpty, "\(report.findings)")
    let drawn = defects.annotated()
    #expect(drawn.items.map(\.id).sorted() == read.dataset.items.map(\.id).sorted())
    for item in drawn.items where item.labels != [0] { #expect((item.annotations.first?.mask?.area ?? 0) > 4) }
    #expect(try defects.items(relativeTo: "").count == 14)
  }

  @Test func imagesOfWhichOnlyTheClassIsKnownBecomeFolders() throws {
    let folder = try TemporaryFolder()
    let items = try ShapesDataset(.init(count: 12, size: 20)).items(relativeTo: "")
    try DatasetWriter.write(AnnotatedDataset(items), as: .imageFolders, to: "\(folder.path)/shapes")
    let read = try DatasetReader.read("\(folder.path)/shapes").complete()
    #expect(read.items.count == 12)
    #expect(Set(read.labels) == Set(items.labels))
    for item in read.items {
      let number = try #require(items.ids.firstIndex { item.id.contains($0) })
      let label = try #require(item.labels.first)
      #expect(read.labels[label] == items.labels[items.classes[number]])
    }
  }

  @Test func tablesAreNoImages() throws {
    let table = try LabeledItems(
      ids: ["a"], inputs: Tensor([Float(1), 2], shape: [1, 2]), classes: [0], labels: ["x"])
    #expect(throws: GalleyError.self) { try AnnotatedDataset(table) }
  }
}
