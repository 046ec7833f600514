// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import Foundation
import Galley
import Testing

/// Masks that lie in image files of their own, against Pillow and pycocotools.
@Suite(.enabled(if: DatasetPeer.hasMasks, "pycocotools is missing in .peers"))
struct MaskFileTests {
  @Test func masksInFilesAreWhatPycocotoolsMakesOfThem() throws {
    let folder = try TemporaryFolder()
    let known: [String: [[String]]] = try DatasetPeer.ask("mask_files_peer.py", [folder.path])
    #expect(known.keys.sorted() == ["anomalib", "classes", "mvtec", "voc"])
    for (name, expected) in known {
      let path = "\(folder.path)/\(name)"
      let plain = try DatasetReader.read(path)
      #expect(plain.dataset.items.flatMap(\.annotations).allSatisfy { $0.mask == nil })
      let read = plain.readingMasks()
      #expect(read.findings.filter { $0.severity > .note }.isEmpty, "\(name): \(read.findings)")
      var found: [[String]] = []
      for item in read.dataset.items {
        for annotation in item.annotations {
          guard let mask = annotation.mask, let label = annotation.label else { continue }
          let file = item.id.split(separator: "/").last ?? ""
          found.append([String(file.prefix { $0 != "." }), read.dataset.labels[label], mask.compressed])
        }
      }
      #expect(found.sorted { $0.joined() < $1.joined() } == expected.sorted { $0.joined() < $1.joined() }, "\(name)")
      #expect(read.dataset.items.flatMap(\.annotations).allSatisfy { $0.maskFile == nil })
    }
  }

  @Test func aMaskThatCannotBeReadIsAFindingAndStaysAFile() throws {
    let folder = try TemporaryFolder()
    let _: [String: [[String]]] = try DatasetPeer.ask("mask_files_peer.py", [folder.path])
    let mask = "\(folder.path)/mvtec/ground_truth/scratch/1_mask.png"
    try Data("no mask".utf8).write(to: URL(filePath: mask))
    let read = try DatasetReader.read("\(folder.path)/mvtec").readingMasks()
    #expect(read.findings.contains { $0.severity == .error && $0.place.contains("1_mask.png") })
    #expect(read.dataset.items.flatMap(\.annotations).count { $0.maskFile != nil } == 1)
    #expect(read.dataset.items.flatMap(\.annotations).count { $0.mask != nil } == 2)
  }

  /// A photograph has thousands of colours; none of them is taken for a mask.
  @Test func aPictureWithMoreColoursThanAPaletteIsOneFinding() throws {
    let folder = try TemporaryFolder()
    let _: [String: [[String]]] = try DatasetPeer.ask("mask_files_peer.py", [folder.path])
    let masks = try #require(
      FileManager.default.enumerator(atPath: "\(folder.path)/voc")?.compactMap { $0 as? String }
        .filter { $0.contains("SegmentationObject/") && $0.hasSuffix(".png") }.sorted())
    let mask = try #require(masks.first)
    let pixels = (0..<32 * 32).flatMap { (index: Int) -> [UInt8] in [UInt8(index & 255), UInt8(index >> 8), 7] }
    let photo = try #require(PNGEncoder.encode(pixels, width: 32, height: 32, channels: 3))
    try Data(photo).write(to: URL(filePath: "\(folder.path)/voc/\(mask)"))
    let read = try DatasetReader.read("\(folder.path)/voc").readingMasks()
    let found = read.findings.filter { $0.severity > .note }
    #expect(found.count == 1 && found.first?.message.contains("it has 1024 colours") == true, "\(found)")
  }
}
