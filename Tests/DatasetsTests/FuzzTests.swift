// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import Files
import FoundationEssentials
import Galley
import Statistics
import Tensors
import Testing

/// Damaged data sets are read, reported or refused; nothing crashes.
@Suite struct FuzzTests {
  private static func damaged(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [UInt8] {
    guard !bytes.isEmpty else { return bytes }
    var bytes = bytes
    for _ in 0...generator.number(below: 4) {
      guard !bytes.isEmpty else { break }
      let place = generator.number(below: bytes.count)
      switch generator.number(below: 5) {
      case 0: bytes.removeSubrange(place...)
      case 1: bytes.remove(at: place)
      case 2: bytes.insert(contentsOf: Array("-1e999,\"[{<&\n".utf8).prefix(1 + generator.number(below: 12)), at: place)
      case 3: bytes[place] = Array("0123456789-.eE\"<>{}[],:\n \0".utf8)[generator.number(below: 26)]
      default: bytes[place] = UInt8(truncatingIfNeeded: generator.number(below: 256))
      }
    }
    return bytes
  }

  @Test(arguments: [DatasetFormat.coco, .voc, .yolo, .darknet, .csv])
  func damagedAnnotationsAreReadOrRefused(format: DatasetFormat) throws {
    let folder = try TemporaryFolder()
    try DatasetWriter.write(SmallDataset.everything, as: format, to: "\(folder.path)/out")
    let tree = try FileTree("\(folder.path)/out")
    let files = tree.paths.filter { !ImageHeader.isImageName($0) }
    var generator = SeededGenerator(seed: 11)
    var settings = DatasetDoctor.Settings()
    settings.readsFiles = false
    for _ in 0..<60 {
      let file = files[generator.number(below: files.count)]
      let original = [UInt8](try tree.read(file))
      try AtomicFile.write(Data(Self.damaged(original, &generator)), to: "\(folder.path)/out/\(file)")
      if let read = try? DatasetReader.read("\(folder.path)/out", as: format) {
        _ = DatasetDoctor(settings: settings).examine(read)
        _ = DatasetDoctor(settings: settings).fixed(read)
      }
      try AtomicFile.write(Data(original), to: "\(folder.path)/out/\(file)")
    }
  }

  @Test(arguments: 0..<4)
  func damagedHeadersAreReadOrRefused(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    let jpeg: [UInt8] = [
      0xFF, 0xD8, 0xFF, 0xE1, 0, 34, 0x45, 0x78, 0x69, 0x66, 0, 0, 0x4D, 0x4D, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3,
      0,
      0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0, 0xFF, 0xC0, 0, 17, 8, 0, 10, 0, 20, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1,
    ]
    #expect((try? ImageHeader(Data(jpeg)))?.size == PixelSize(width: 20, height: 10))
    #expect((try? ImageHeader(Data(jpeg)))?.orientation == 6)
    let webp =
      Array("RIFF".utf8) + [30, 0, 0, 0] + Array("WEBPVP8X".utf8) + [10, 0, 0, 0, 8, 0, 0, 0, 19, 0, 0, 9, 0, 0]
    for original in [
      jpeg, Picture.png(6, 4), webp, Array("II*\0\u{8}\0\0\0\u{2}\0".utf8) + [UInt8](repeating: 1, count: 40),
    ] {
      for _ in 0..<500 { _ = try? ImageHeader(Data(Self.damaged(original, &generator))) }
    }
  }

  @Test(arguments: 0..<4)
  func damagedArraysAreReadOrRefused(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let array = try NPY.serialized(Tensor([Float](repeating: 1, count: 12), shape: [3, 4]))
    for original in [array, NPY.serialized(["a", "bcd"])] {
      for _ in 0..<500 { _ = try? NPY(Self.damaged(original, &generator)) }
    }
  }
}
