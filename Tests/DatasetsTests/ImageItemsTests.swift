// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import Files
import Foundation
import Galley
import Images
import Tensors
import Testing

@Suite struct ImageItemsTests {
  /// Two classes of two images each, of different sizes.
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (label, grey) in [("dark", UInt8(10)), ("light", 200)] {
      try FileManager.default.createDirectory(atPath: "\(folder.path)/\(label)", withIntermediateDirectories: true)
      for (number, side) in [(0, 12), (1, 20)] {
        let pixels = [UInt8](repeating: grey, count: side * side * 3)
        let png = try #require(PNGEncoder.encode(pixels, width: side, height: side, channels: 3))
        try Data(png).write(to: URL(filePath: "\(folder.path)/\(label)/\(number).png"))
      }
    }
    return folder
  }

  @Test(arguments: [1, 3]) func imagesOfAFolderBecomeItemsOfOneSize(channels: Int) throws {
    let folder = try folder()
    let items = try ImageItems(.init(path: folder.path, height: 8, width: 6, channels: channels))
      .items(relativeTo: "/")
    #expect(items.labels == ["dark", "light"])
    #expect(items.inputs.shape == [4, 8, 6, channels])
    #expect(items.ids.count == 4 && Set(items.ids).count == 4)
    for (position, label) in items.classes.enumerated() {
      let pixels = try items.inputs.rows(position..<position + 1).bytes
      #expect(pixels.allSatisfy { $0 == (label == 0 ? 10 : 200) })
    }
  }

  @Test func anImageThatCannotBeDecodedIsNamed() throws {
    let folder = try folder()
    try Data("not an image".utf8).write(to: URL(filePath: "\(folder.path)/dark/broken.png"))
    let error = #expect(throws: GalleyError.self) {
      try ImageItems(.init(path: folder.path, height: 8, width: 8)).items(relativeTo: "/")
    }
    #expect(error?.why.hasPrefix("dark/broken.png: ") == true)
    #expect(error?.exitCode == .badData)
  }

  @Test func damagedItemsAreLeftOutIfThatIsSaid() throws {
    let folder = try folder()
    try Data("not an image".utf8).write(to: URL(filePath: "\(folder.path)/dark/broken.png"))
    let items = try ImageItems(.init(path: folder.path, height: 8, width: 8, damaged: .skipped))
      .described(relativeTo: "/")
    #expect(items.items.count == 4 && items.failures.map(\.id) == ["dark/broken.png"])
    for label in ["dark", "light"] {
      for number in 0..<2 { try FileManager.default.removeItem(atPath: "\(folder.path)/\(label)/\(number).png") }
    }
    #expect(throws: GalleyError.self) {
      try ImageItems(.init(path: folder.path, height: 8, width: 8, damaged: .skipped)).items(relativeTo: "/")
    }
  }

  /// One item of three tebibytes is more than a quarter of any machine's memory; nothing is decoded then.
  @Test func itemsThatDoNotFitInMemoryAreRefused() {
    let item = DatasetItem(id: "huge", source: .missing("huge.png"))
    let dataset = AnnotatedDataset(classes: [DatasetClass("one")], items: [item])
    let decoding = DecodedItems(fit: ImageFit(size: .init(width: 1 << 20, height: 1 << 20)), format: .rgb)
    let error = #expect(throws: GalleyError.self) { try decoding.decode(dataset, classes: [0]) }
    #expect(error?.exitCode == .unavailable)
    #expect(error?.why.contains("take \(3 << 20) MiB") == true, "\(String(describing: error))")
    #expect(error?.remedy?.contains("data.filter") == true)
  }

  @Test func aConditionChoosesItems() throws {
    let folder = try folder()
    let items = try ImageItems(.init(path: folder.path, height: 8, width: 8, filter: "width < 15"))
      .items(relativeTo: "/")
    #expect(items.ids == ["dark/0.png", "light/0.png"])
    #expect(throws: GalleyError.self) {
      try ImageItems(.init(path: folder.path, height: 8, width: 8, filter: "wide < 15"))
    }
    #expect(throws: GalleyError.self) {
      try ImageItems(.init(path: folder.path, height: 8, width: 8, filter: "width > 99")).items(relativeTo: "/")
    }
  }

  @Test func itemsKnowTheirSubsetAndTheDigestOfTheirFile() throws {
    let folder = try folder()
    for name in ["train", "test"] {
      try FileManager.default.createDirectory(atPath: "\(folder.path)/\(name)", withIntermediateDirectories: true)
    }
    try FileManager.default.moveItem(atPath: "\(folder.path)/dark", toPath: "\(folder.path)/train/dark")
    try FileManager.default.moveItem(atPath: "\(folder.path)/light", toPath: "\(folder.path)/test/light")
    let own = try ImageItems(.init(path: folder.path, height: 8, width: 8)).described(relativeTo: "/")
    #expect(own.dataset.items.map(\.subset) == ["test", "test", "train", "train"])
    for (id, digest) in zip(own.items.ids, own.digests) {
      #expect(try digest == Digest(ofFileAt: "\(folder.path)/\(id)"))
    }
    let ignored = try ImageItems(.init(path: folder.path, height: 8, width: 8, subsets: .ignored))
      .described(relativeTo: "/")
    #expect(ignored.dataset.items.allSatisfy { $0.subset == nil })
  }

  @Test func twoChannelsAreRefused() {
    #expect(throws: GalleyError.self) { try ImageItems(.init(path: "x", height: 8, width: 8, channels: 2)) }
  }

  @Test func nearlyEqualImagesAreFoundByWhatTheyShow() throws {
    let folder = try folder()
    var pixels: [UInt8] = []
    for y in 0..<32 { for x in 0..<36 { pixels.append(UInt8((x * 7 + y * 3) % 256)) } }
    for (name, change) in [("a", 0), ("b", 3)] {
      let png = try #require(
        PNGEncoder.encode(pixels.map { UInt8(clamping: Int($0) + change) }, width: 36, height: 32, channels: 1))
      try Data(png).write(to: URL(filePath: "\(folder.path)/\(name == "a" ? "dark" : "light")/\(name).png"))
    }
    let thumbnails = ItemThumbnails()
    let doctor = DatasetDoctor(thumbnail: { try thumbnails.picture(of: $0, encoded: $1) })
    let report = doctor.examine(try DatasetReader.read(folder.path))
    #expect(report.findings.contains { $0.description.contains("b.png") && $0.description.contains("a.png") })
  }
}
