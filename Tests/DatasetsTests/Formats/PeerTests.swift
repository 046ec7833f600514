// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import Files
import Foundation
import Galley
import Testing

@Suite(.enabled(if: DatasetPeer.hasMasks, "pycocotools is missing in .peers"))
struct MaskPeerTests {
  private struct Entry: Decodable {
    var width: Int
    var height: Int
    var pixels: [UInt8]
    var counts: [UInt32]
    var compressed: String
    var area: Int
    var box: [Double]
    var polygons: [[Double]]?
  }

  @Test func masksEqualThoseOfPycocotoolsBitForBit() throws {
    let entries: [Entry] = try DatasetPeer.ask("masks_peer.py")
    #expect(entries.count == 360)
    for entry in entries {
      let size = PixelSize(width: entry.width, height: entry.height)
      let mask = try #require(RunLengthMask(size: size, pixels: entry.pixels))
      #expect(mask.compressed == entry.compressed)
      #expect(RunLengthMask(size: size, compressed: entry.compressed.utf8) == mask)
      #expect(mask.pixels == entry.pixels)
      #expect(mask.area == entry.area)
      let box = mask.bounds ?? Box(x: 0, y: 0, width: 0, height: 0)
      #expect([box.x, box.y, box.width, box.height] == entry.box)
      guard let polygons = entry.polygons else { continue }
      let outlines = polygons.map { flat in
        stride(from: 0, to: flat.count, by: 2).map { PixelPoint(flat[$0], flat[$0 + 1]) }
      }
      #expect(RunLengthMask(polygons: outlines, size: size)?.pixels == entry.pixels, "\(polygons)")
    }
  }

  private struct COCOAnswer: Decodable {
    struct Entry: Decodable {
      var image: String
      var label: String
      var box: [Double]?
      var crowd: Int
      var maskArea: Int?
      var keypoints: [Double]?
    }
    var labels: [String]
    var annotations: [Entry]
  }

  @Test func pycocotoolsReadsWhatIsWritten() throws {
    let folder = try TemporaryFolder()
    let dataset = SmallDataset.everything
    try DatasetWriter.write(dataset, as: .coco, to: "\(folder.path)/out")
    let answer: COCOAnswer = try DatasetPeer.ask(
      "datumaro_peer.py", ["coco", "\(folder.path)/out/annotations/instances_train.json"])
    let annotations = dataset.items.prefix(4).flatMap(\.annotations)
    #expect(answer.labels == dataset.labels)
    #expect(answer.annotations.count == annotations.count)
    for (read, written) in zip(answer.annotations, annotations) {
      #expect(read.label == written.label.map { dataset.labels[$0] })
      #expect(read.box == written.box.map { [$0.x, $0.y, $0.width, $0.height] })
      #expect(read.crowd == (written.isCrowd ? 1 : 0))
      let size = PixelSize(width: 20, height: 10)
      let mask =
        written.mask ?? (written.polygons.isEmpty ? nil : RunLengthMask(polygons: written.polygons, size: size))
      #expect(read.maskArea == mask?.area)
      #expect(read.keypoints?.count ?? 0 == written.keypoints.count * 3)
    }
  }
}

@Suite(.enabled(if: DatasetPeer.hasDatumaro, "datumaro is missing in .peers"))
struct DatumaroPeerTests {
  struct Answer: Decodable {
    struct Item: Decodable {
      var id: String
      var subset: String
      var annotations: [Entry]
    }
    struct Entry: Decodable, Hashable {
      var type: String
      var label: String?
      var numbers: [Double]
    }
    var labels: [String]
    var items: [Item]
  }

  /// The annotations in Datumaro's words.
  private static func entries(_ item: DatasetItem, _ labels: [String], voc: Bool = false) -> [Answer.Entry] {
    item.annotations.map { annotation in
      let label = annotation.label.map { labels[$0] }
      func entry(_ type: String, _ numbers: [Double]) -> Answer.Entry {
        Answer.Entry(type: type, label: label, numbers: numbers.map { ($0 * 100).rounded() / 100 })
      }
      if let mask = annotation.mask {
        let box = mask.bounds ?? Box(x: 0, y: 0, width: 0, height: 0)
        return entry("mask", [Double(mask.area), box.x, box.y, box.width, box.height])
      }
      if let polygon = annotation.polygons.first { return entry("polygon", polygon.flatMap { [$0.x, $0.y] }) }
      guard let box = annotation.box else { return entry("label", []) }
      // Datumaro takes VOC's pixel numbers for edges: its boxes begin one later and are one smaller.
      return entry(
        "bbox", voc ? [box.x + 1, box.y + 1, box.width - 1, box.height - 1] : [box.x, box.y, box.width, box.height])
    }
  }

  private static func rounded(_ entries: [Answer.Entry]) -> [Answer.Entry] {
    entries.map { Answer.Entry(type: $0.type, label: $0.label, numbers: $0.numbers.map { ($0 * 100).rounded() / 100 }) }
  }

  @Test func readsWhatDatumaroWrites() throws {
    let folder = try TemporaryFolder()
    let answers: [String: Answer] = try DatasetPeer.ask("datumaro_peer.py", ["make", folder.path])
    let formats: [String: DatasetFormat] = [
      "voc": .voc, "yolo": .yolo, "darknet": .darknet, "coco": .coco, "datumaro": .datumaro, "cvat": .cvat,
    ]
    #expect(Set(answers.keys) == Set(formats.keys))
    for (name, answer) in answers {
      let read = try DatasetReader.read("\(folder.path)/\(name)")
      #expect(read.format == formats[name], "\(name)")
      #expect(read.findings.filter { $0.severity > .note }.isEmpty, "\(name): \(read.findings)")
      #expect(read.dataset.items.count == answer.items.count, "\(name)")
      if name != "voc" { #expect(read.dataset.labels == answer.labels, "\(name)") }
      for expected in answer.items {
        guard let item = read.dataset.items.first(where: { $0.id.contains("\(expected.id).png") }) else {
          // Datumaro writes no XML for an image without objects, but lists it.
          Issue.record("\(name): \(expected.id) is missing")
          continue
        }
        #expect(item.subset == expected.subset, "\(name)")
        let (mine, theirs) = (
          Self.entries(item, read.dataset.labels, voc: name == "voc"), Self.rounded(expected.annotations)
        )
        // Formats group annotations by kind; which there are matters.
        #expect(Self.counted(mine) == Self.counted(theirs), "\(name): \(expected.id)")
      }
    }
  }

  private static func counted(_ entries: [Answer.Entry]) -> [Answer.Entry: Int] {
    Dictionary(entries.map { ($0, 1) }, uniquingKeysWith: +)
  }

  @Test(arguments: [
    (DatasetFormat.coco, "coco"), (.voc, "voc"), (.yolo, "yolo"), (.darknet, "yolo"),
  ])
  func datumaroReadsWhatIsWritten(format: DatasetFormat, name: String) throws {
    let folder = try TemporaryFolder()
    var dataset = SmallDataset.boxes
    // Datumaro finds labels of darknet by lines, and takes names apart at dots.
    dataset.classes[1].name = "größe x"
    for index in dataset.items.indices { dataset.items[index].id = "image\(index).png" }
    try DatasetWriter.write(dataset, as: format, to: "\(folder.path)/out")
    // Without this file, Datumaro knows only the twenty classes of the challenge.
    if format == .voc {
      try folder.write("# label:color_rgb:parts:actions\ncar:::\ngröße x:::\n", to: "out/labelmap.txt")
    }
    let answer: Answer = try DatasetPeer.ask("datumaro_peer.py", ["read", "\(folder.path)/out", name])
    #expect(answer.items.count == dataset.items.count)
    for item in dataset.items {
      let found = answer.items.first { "\($0.id).png".hasSuffix(item.id) }
      #expect(
        found.map { Self.counted(Self.rounded($0.annotations)) }
          == Self.counted(Self.entries(item, dataset.labels, voc: format == .voc)))
    }
  }
}

@Suite(.enabled(if: DatasetPeer.hasTorchvision, "torchvision is missing in .peers"))
struct TorchvisionPeerTests {
  private struct Answer: Decodable {
    var classes: [String]
    var items: [Item]

    struct Item: Decodable {
      var name: String
      var label: Int
      var digest: String

      init(from decoder: any Decoder) throws {
        var list = try decoder.unkeyedContainer()
        name = try list.decode(String.self)
        label = try list.decode(Int.self)
        digest = try list.decode(String.self)
      }
    }
  }

  @Test func readsTheLayoutsOfTorchvision() throws {
    let folder = try TemporaryFolder()
    let answers: [String: Answer] = try DatasetPeer.ask("torchvision_peer.py", [folder.path])
    #expect(answers.count == 6)
    let folders = try DatasetReader.read("\(folder.path)/folders").complete()
    #expect(folders.labels == answers["folders"]?.classes)
    #expect(folders.items.count == answers["folders"]?.items.count)
    for item in answers["folders"]?.items ?? [] {
      #expect(folders.items.first { $0.id == item.name }?.labels == [item.label])
    }
    for (name, answer) in answers where name.hasPrefix("cifar") {
      let python = try DatasetReader.read(
        "\(folder.path)/\(name)/\(name.contains("100") ? "cifar-100-python" : "cifar-10-batches-py")")
      try check(python, answer)
      try check(DatasetReader.read("\(folder.path)/\(name)/binary"), answer)
    }
    let pets = try DatasetReader.read("\(folder.path)/pets/oxford-iiit-pet")
    #expect(pets.format == .oxfordPets)
    #expect(pets.findings.isEmpty)
    #expect(pets.dataset.labels == answers["pets"]?.classes)
    let found = pets.dataset.items.map { "\($0.subset ?? ""):\($0.id.dropFirst("images/".count)) \($0.labels)" }
    #expect(found == answers["pets"]?.items.map { "\($0.name) [\($0.label)]" })
  }

  private func check(_ read: ReadDataset, _ answer: Answer) throws {
    #expect(read.format == .cifar)
    #expect(read.findings.isEmpty)
    #expect(read.dataset.labels == answer.classes)
    #expect(read.dataset.items.count == answer.items.count)
    for (item, expected) in zip(read.dataset.items, answer.items) {
      #expect(item.subset == expected.name)
      #expect(item.labels == [expected.label])
      guard case .pixels(let block) = item.source else { continue }
      #expect(Digest(of: Data(block.interleaved)).hex == expected.digest)
    }
  }
}
