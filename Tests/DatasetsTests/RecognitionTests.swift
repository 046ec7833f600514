// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Archives
import Datasets
import FoundationEssentials
import Galley
import Testing

@Suite struct RecognitionTests {
  @Test func everyFormatSaysWhyItFitsOrNot() throws {
    let folder = try TemporaryFolder()
    try folder.image("train/cat/1.png", seed: 1).image("train/dog/2.png", seed: 2).image("val/cat/3.png", seed: 3)
    let read = try DatasetReader.read(folder.path)
    #expect(read.format == .imageFolders)
    #expect(Set(read.candidates.map(\.format)) == Set(DatasetFormat.allCases))
    #expect(
      read.candidates.first?.evidence.reasonsFor == [
        "3 images lie in folders of 2 classes below those of the subsets train, val"
      ])
    for candidate in read.candidates.dropFirst() {
      #expect(!candidate.evidence.isMatch)
      #expect(!candidate.evidence.reasonsAgainst.isEmpty, "\(candidate)")
    }
  }

  @Test func nothingThatFitsIsExplainedFormatByFormat() throws {
    let folder = try TemporaryFolder().image("a.png").image("b/c/d/e.png", seed: 2).write("hello", to: "notes.txt")
    let error = #expect(throws: GalleyError.self) { try DatasetReader.read(folder.path) }
    #expect(error?.exitCode == .badData)
    for reason in ["coco: there are no JSON files", "voc: there are no XML files", "image-folders: a.png does not lie"]
    {
      #expect(error?.why.contains(reason) == true, "\(error?.why ?? "")")
    }
  }

  @Test func anEmptyFolderAndAMissingOneAreToldApart() throws {
    let folder = try TemporaryFolder()
    #expect(#expect(throws: GalleyError.self) { try DatasetReader.read(folder.path) }?.why == "there are no files")
    let missing = #expect(throws: GalleyError.self) { try DatasetReader.read("\(folder.path)/none") }
    #expect(missing?.exitCode == .missingInput)
  }

  @Test func whatIsStatedWins() throws {
    let folder = try TemporaryFolder().image("good/1.png", seed: 1).image("bad/2.png", seed: 2)
    #expect(try DatasetReader.read(folder.path).format == .anomalib)
    let stated = try DatasetReader.read(folder.path, as: .imageFolders)
    #expect(stated.format == .imageFolders)
    #expect(stated.dataset.labels == ["bad", "good"])
    #expect(throws: GalleyError.self) { try DatasetReader.read(folder.path, as: .coco) }
  }

  @Test func twoFormatsOfEqualWeightAreNotGuessedBetween() throws {
    let folder = try TemporaryFolder()
    try folder.coco(BrokenSet.box)
    try folder.write("names: [car]\ntrain: images\n", to: "data.yaml")
    let error = #expect(throws: GalleyError.self) { try DatasetReader.read(folder.path) }
    #expect(
      error?.why.contains("it fits coco and yolo") == true || error?.why.contains("it fits yolo and coco") == true)
    #expect(try DatasetReader.read(folder.path, as: .coco).dataset.annotationCount == 1)
  }

  @Test func anomalyFoldersKeepTheirMasks() throws {
    let folder = try TemporaryFolder()
    try folder.image("set/normal/1.png", seed: 1).image("set/abnormal/crack/2.png", seed: 2)
    try folder.image("set/masks/2_mask.png", seed: 3)
    let read = try DatasetReader.read(folder.path)
    #expect(read.format == .anomalib)
    #expect(read.dataset.labels == ["normal", "crack"])
    #expect(read.dataset.items.map { $0.annotations.first?.maskFile != nil } == [true, false])
    #expect(DatasetDoctor().examine(read).findings.filter { $0.severity > .note }.isEmpty)
  }

  @Test func aTableOfPixelsIsReadWhereItLies() throws {
    let folder = try TemporaryFolder().write("id,label,a,b,c,d\nx,1,0,1,2,255\ny,2,9,9,9,300\n", to: "table.csv")
    let read = try DatasetReader.read("\(folder.path)/table.csv")
    #expect(read.dataset.items.map(\.id) == ["x"])
    #expect(read.findings.first?.place == "table.csv:3")
  }

  @Test func filesOfTwoTasksSpeakOfTheSameObjects() throws {
    let folder = try TemporaryFolder().image("val/a.png", seed: 1)
    let head =
      #"{"images": [{"id": 5, "file_name": "a.png"}], "categories": [{"id": 1, "name": "person"}], "annotations": ["#
    let entry = #"{"id": 1, "image_id": 5, "category_id": 1, "bbox": [1, 1, 5, 5]"#
    try folder.write(head + entry + #", "segmentation": [[1, 1, 5, 1, 5, 5]]}]}"#, to: "annotations/instances_val.json")
    try folder.write(head + entry + #", "keypoints": [1, 2, 2]}]}"#, to: "annotations/person_keypoints_val.json")
    let read = try DatasetReader.read(folder.path)
    let annotations = read.dataset.items.flatMap(\.annotations)
    #expect(annotations.count == 1)
    #expect(annotations.first?.polygons.count == 1)
    #expect(annotations.first?.keypoints.count == 1)
  }

  @Test func aFolderMayNameTheSubsetOfCOCO() throws {
    let folder = try TemporaryFolder()
    try folder.image("valid/a.png", seed: 1)
    let head =
      #"{"images": [{"id": 5, "file_name": "a.png"}], "categories": [{"id": 1, "name": "car"}], "annotations": ["#
    try folder.write(
      head + #"{"id": 1, "image_id": 5, "category_id": 1, "bbox": [1, 1, 5, 5]}]}"#, to: "valid/_annotations.coco.json")
    let read = try DatasetReader.read(folder.path)
    #expect(read.dataset.items.map(\.subset) == ["valid"])
    #expect(read.dataset.items.map(\.id) == ["valid/a.png"])
  }
}

@Suite struct ArchiveReadingTests {
  /// A tar archive of a folder's files, which may be compressed by gzip.
  private static func tar(_ tree: FileTree) throws -> [UInt8] {
    var bytes: [UInt8] = []
    for path in tree.paths {
      let content = [UInt8](try tree.read(path))
      var header = [UInt8](repeating: 0, count: 512)
      func put(_ text: String, _ place: Int) {
        header.replaceSubrange(place..<place + text.utf8.count, with: text.utf8)
      }
      put("set/" + path, 0)
      let octal = String(content.count, radix: 8)
      put(String(repeating: "0", count: 11 - octal.count) + octal, 124)
      put("        0", 148)
      put("ustar\u{0}00", 257)
      let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
      put(String(repeating: "0", count: 6 - sum.count) + sum + "\u{0} ", 148)
      bytes += header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }
    return bytes + [UInt8](repeating: 0, count: 1024)
  }

  @Test(arguments: [false, true])
  func aTarArchiveReadsAsItsFolder(isCompressed: Bool) throws {
    let folder = try TemporaryFolder()
    try DatasetWriter.write(SmallDataset.boxes, as: .voc, to: "\(folder.path)/out")
    let read = try DatasetReader.read("\(folder.path)/out")
    let bytes = try Self.tar(read.tree)
    try folder.write(
      isCompressed ? try #require(Compression.deflate(bytes, wrapping: .gzip)) : bytes, to: "set.tar.gz")
    let packed = try DatasetReader.read("\(folder.path)/set.tar.gz")
    #expect(packed.format == .voc)
    #expect(Essence.all(packed.dataset) == Essence.all(read.dataset))
    let report = DatasetDoctor().examine(packed)
    #expect(!report.hasErrors, "\(report.findings)")
  }

  @Test func aFileThatIsNoArchiveIsRefused() throws {
    let folder = try TemporaryFolder().write("hello", to: "set.zip")
    let error = #expect(throws: GalleyError.self) { try DatasetReader.read("\(folder.path)/set.zip") }
    #expect(error?.exitCode == .badData)
  }

  @Test func membersThatLeadOutsideAreReported() throws {
    let folder = try TemporaryFolder()
    var archive = ZipWriter()
    try archive.append("cat/1.png", Picture.png(8, 8, 1))
    try archive.append("dog/2.png", Picture.png(8, 8, 2))
    try archive.append("../evil.png", Picture.png(8, 8, 3))
    try folder.write(archive.finished(), to: "set.zip")
    let read = try DatasetReader.read("\(folder.path)/set.zip")
    #expect(read.dataset.items.count == 2)
    #expect(read.findings.map(\.place) == ["../evil.png"])
  }
}
