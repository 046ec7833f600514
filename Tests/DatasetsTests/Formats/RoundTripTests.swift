// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Archives
import Datasets
import FoundationEssentials
import Galley
import Testing

@Suite struct RoundTripTests {
  /// Writes a data set and reads it back, recognised by itself.
  private func roundTrip(
    _ dataset: AnnotatedDataset, _ format: DatasetFormat
  ) throws -> (ReadDataset, [DatasetLoss], TemporaryFolder) {
    let folder = try TemporaryFolder()
    let losses = try DatasetWriter.write(dataset, as: format, to: "\(folder.path)/out")
    let read = try DatasetReader.read("\(folder.path)/out")
    #expect(read.format == format)
    return (read, losses, folder)
  }

  @Test func cocoSaysEverything() throws {
    let dataset = SmallDataset.everything
    let (read, losses, _) = try roundTrip(dataset, .coco)
    #expect(losses.isEmpty)
    #expect(read.findings.isEmpty)
    #expect(read.dataset.classes == dataset.classes)
    #expect(Essence.all(read.dataset) == Essence.all(dataset))
  }

  @Test func vocKeepsBoxes() throws {
    let (read, losses, _) = try roundTrip(SmallDataset.boxes, .voc)
    #expect(losses.map(\.ability) == ["unusedClasses"])
    #expect(read.findings.isEmpty)
    #expect(read.dataset.labels == Array(SmallDataset.boxes.labels.prefix(2)))
    #expect(Essence.all(read.dataset) == Essence.all(SmallDataset.boxes))
  }

  @Test(arguments: [DatasetFormat.yolo, .darknet])
  func yoloKeepsBoxes(format: DatasetFormat) throws {
    let (read, losses, _) = try roundTrip(SmallDataset.boxes, format)
    #expect(losses.isEmpty)
    #expect(read.findings.isEmpty)
    #expect(read.dataset.labels == SmallDataset.boxes.labels)
    var expected = SmallDataset.boxes
    if format == .darknet {
      for index in expected.items.indices where expected.items[index].subset == "val" {
        expected.items[index].subset = "valid"
      }
    }
    #expect(Essence.all(read.dataset, roundedTo: 1e6) == Essence.all(expected, roundedTo: 1e6))
  }

  @Test func yoloKeepsKeypoints() throws {
    var dataset = SmallDataset.boxes
    dataset.classes[0].keypoints = ["nose", "tail"]
    dataset.items[2].annotations[0].keypoints = [
      Keypoint(PixelPoint(5, 2.5), .visible), Keypoint(PixelPoint(10, 7.5), .hidden),
    ]
    dataset.items[3].annotations[1].keypoints = [Keypoint(PixelPoint(2.5, 5), .visible)]
    // Keypoints alone have a box around them.
    dataset.items[3].annotations[0].box = nil
    dataset.items[3].annotations[0].keypoints = dataset.items[2].annotations[0].keypoints
    let (read, losses, _) = try roundTrip(dataset, .yolo)
    #expect(losses.isEmpty)
    #expect(read.findings.isEmpty)
    #expect(read.dataset.classes.map(\.keypoints) == dataset.classes.map(\.keypoints))
    let found = Essence.all(read.dataset, roundedTo: 1e6)
    #expect(found[2].annotations[0].keypoints == dataset.items[2].annotations[0].keypoints)
    let absent = Keypoint(PixelPoint(0, 0), .absent)
    #expect(found[2].annotations[1].keypoints == [absent, absent])
    #expect(found[3].annotations[1].keypoints == [dataset.items[3].annotations[1].keypoints[0], absent])
    #expect(found[3].annotations[0].box == Box(x: 5, y: 2.5, width: 5, height: 5))
    #expect(found[5].annotations.map(\.box) == Essence.all(dataset, roundedTo: 1e6)[5].annotations.map(\.box))
  }

  @Test func namesOfKeypointsThatRowsDoNotHaveAreLost() throws {
    var dataset = SmallDataset.boxes
    dataset.classes[0].keypoints = ["nose", "tail: \"end\""]
    dataset.classes[0].skeleton = [[0, 1]]
    dataset.classes[1].keypoints = ["front"]
    dataset.items[2].annotations[0].keypoints = [
      Keypoint(PixelPoint(5, 2.5), .visible), Keypoint(PixelPoint(10, 7.5), .hidden),
    ]
    let (read, losses, _) = try roundTrip(dataset, .yolo)
    #expect(losses.map(\.ability) == ["keypointNames", "skeletons"])
    #expect(read.findings.isEmpty)
    #expect(read.dataset.classes[0].keypoints == dataset.classes[0].keypoints)
    #expect(read.dataset.classes[1].keypoints.isEmpty)
  }

  @Test func cocoKeepsAttributes() throws {
    var dataset = SmallDataset.boxes
    dataset.items[1].annotations[0].attributes = [
      "occluded": .bool(true), "track": .int(7), "yaw": .float(0.5), "colour": .string("größe \"x\""), "none": .null,
      "parts": .list([.string("a"), .map(["b": .int(1)])]),
    ]
    let (read, losses, _) = try roundTrip(dataset, .coco)
    #expect(losses.isEmpty && read.findings.isEmpty)
    let found = read.dataset.items.flatMap(\.annotations).first { !$0.attributes.isEmpty }
    #expect(found?.attributes == dataset.items[1].annotations[0].attributes)
    #expect(try roundTrip(dataset, .yolo).1.map(\.ability) == ["attributes"])
  }

  @Test func yoloKeepsPolygonsAndTurnedBoxes() throws {
    let (read, losses, _) = try roundTrip(SmallDataset.polygons, .yolo)
    #expect(losses.isEmpty)
    let polygons = read.dataset.items.flatMap(\.annotations).flatMap(\.polygons)
    #expect(polygons.count == 15)
    #expect(polygons.first?.count == 3)
    let (turned, _, _) = try roundTrip(SmallDataset.rotated, .yolo)
    let boxes = turned.dataset.items.flatMap(\.annotations).compactMap(\.rotatedBox)
    #expect(boxes.count == 15)
    for box in boxes { #expect(abs(box.width - 6) < 1e-6 && abs(box.height - 2) < 1e-6) }
    #expect(Set(boxes.map { Int($0.angle.rounded()) }) == [5, 25, 45, 65, 85])
  }

  @Test func foldersKeepClasses() throws {
    let (read, losses, _) = try roundTrip(SmallDataset.classified, .imageFolders)
    #expect(losses.isEmpty)
    #expect(read.findings.isEmpty)
    #expect(read.dataset.labels == ["cat", "hund"])
    #expect(read.dataset.items.map(\.subset) == ["test", "test", "train", "train", "train", "train"])
    #expect(read.dataset.items.map { $0.labels.first } == [0, 1, 0, 0, 1, 1])
  }

  @Test func tablesKeepBoxesAndMetadata() throws {
    var dataset = SmallDataset.boxes
    for index in dataset.items.indices { dataset.items[index].metadata["camera"] = .string("a, \"\(index)\"") }
    let (read, losses, _) = try roundTrip(dataset, .csv)
    #expect(losses.map(\.ability) == ["unusedClasses"])
    #expect(read.findings.isEmpty)
    #expect(Essence.all(read.dataset) == Essence.all(dataset))
    #expect(read.dataset.items.map { $0.metadata["camera"] } == dataset.items.map { $0.metadata["camera"] })
  }

  @Test func arraysKeepPixels() throws {
    var dataset = AnnotatedDataset(classes: [DatasetClass("a"), DatasetClass("ü")])
    for index in 0..<3 {
      let block = try #require(
        PixelBlock(storage: Picture.pixels(4, 2, index), size: PixelSize(width: 4, height: 2), channels: 3))
      dataset.items.append(
        DatasetItem(
          id: "item \(index)", source: .pixels(block), size: block.size,
          annotations: index == 2 ? [] : [Annotation(label: index)]))
    }
    let (read, _, _) = try roundTrip(dataset, .npz)
    #expect(read.dataset.labels == ["a", "ü"])
    #expect(read.dataset.items.map(\.id) == dataset.items.map(\.id))
    #expect(read.dataset.items.map(\.labels) == [[0], [1], []])
    for (left, right) in zip(read.dataset.items, dataset.items) {
      guard case .pixels(let one) = left.source, case .pixels(let two) = right.source else { continue }
      #expect(one.interleaved == two.interleaved)
    }
  }

  @Test func theCommonFormGoesThroughJSONUnchanged() throws {
    let dataset = SmallDataset.everything
    let data = try JSONEncoder().encode(dataset)
    #expect(try JSONDecoder().decode(AnnotatedDataset.self, from: data) == dataset)
    #expect(!String(decoding: data, as: UTF8.self).contains("\"rotatedBox\""))
  }

  @Test func everyLossIsNamed() throws {
    let losses = DatasetFormat.darknet.losses(of: SmallDataset.everything)
    #expect(Set(losses.map(\.ability)) == ["polygons", "masks", "keypoints", "scores", "crowds", "parents"])
    #expect(losses.map(\.count) == [1, 1, 1, 1, 1, 1])
    #expect(
      DatasetFormat.imageFolders.losses(of: SmallDataset.boxes).contains { $0.message.contains("15 boxes are lost") })
  }

  @Test func aFolderThatIsNotEmptyIsRefused() throws {
    let folder = try TemporaryFolder().write("x", to: "out/file")
    let error = #expect(throws: GalleyError.self) {
      try DatasetWriter.write(SmallDataset.boxes, as: .coco, to: "\(folder.path)/out")
    }
    #expect(error?.exitCode == .cantCreate)
  }

  /// An archive reads as the folder does.
  @Test(arguments: [DatasetFormat.coco, .yolo, .voc])
  func anArchiveIsReadInPlace(format: DatasetFormat) throws {
    let (read, _, folder) = try roundTrip(SmallDataset.everything, format)
    var archive = ZipWriter()
    for path in read.tree.paths { try archive.append("top/\(path)", [UInt8](read.tree.read(path))) }
    try folder.write(archive.finished(), to: "set.zip")
    let packed = try DatasetReader.read("\(folder.path)/set.zip")
    #expect(packed.format == format)
    #expect(packed.findings.isEmpty)
    #expect(Essence.all(packed.dataset) == Essence.all(read.dataset))
    var bytes = ItemBytes()
    for (left, right) in zip(packed.dataset.items, read.dataset.items) {
      #expect(try bytes.read(left.source) == bytes.read(right.source))
    }
  }
}
