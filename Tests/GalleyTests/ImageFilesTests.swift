// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Images
import Tensors
import Testing

private let isVipsHere = (try? ImageLibrary.opened()) != nil

@Suite("Image files")
struct ImageFilesTests {
  private let files: [[UInt8]] = [[1, 2, 3], [], Array(repeating: 7, count: 70_000)]
  private let preprocessing = Preprocessing(
    scale: 1 / 255, fit: ImageFit(size: PixelSize(width: 4, height: 2)), colors: .bgr)

  private func items() throws -> LabeledItems {
    try LabeledItems(
      ids: ["a", "\"é\"", "c"], inputs: Tensor([UInt8](repeating: 0, count: 72), shape: [3, 2, 4, 3]),
      classes: [1, 0, 1], labels: ["cat", "dog"])
  }

  private func withFile(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "galley-test-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder + "/images")
  }

  private func write(_ path: String) throws {
    try ImageFiles.write(items(), preprocessing: preprocessing, to: path) { files[$0] }
  }

  @Test func `come back from their file`() throws {
    try withFile { path in
      try write(path)
      let read = try ImageFiles(contentsOf: path)
      let items = try items()
      #expect(read.ids == items.ids && read.classes == items.classes && read.labels == items.labels)
      #expect(read.preprocessing == preprocessing && read.count == 3)
      for (position, file) in files.enumerated() {
        #expect(try read.bytes(of: position) == file && read.byteCount(of: position) == file.count)
      }
      #expect(throws: GalleyError.self) { try read.bytes(of: 3) }
      try write(path + "-again")
      #expect(try Digest(ofFileAt: path) == Digest(ofFileAt: path + "-again"))
    }
  }

  @Test func `are refused by a reason if missing, cut off or something else`() throws {
    try withFile { path in
      let missing = #expect(throws: GalleyError.self) { try ImageFiles(contentsOf: path) }
      #expect(missing?.exitCode == .missingInput && missing?.place == path)
      #expect(throws: GalleyError.self) { try ImageFiles(contentsOf: "/tmp") }
      try write(path)
      let whole = try Data(contentsOf: URL(filePath: path))
      for length in Array(stride(from: 0, to: whole.count, by: 997)) + Array(whole.count - 400..<whole.count) {
        try whole.prefix(length).write(to: URL(filePath: path))
        let error = #expect(throws: GalleyError.self) { try ImageFiles(contentsOf: path) }
        #expect(error?.exitCode == .badData && error?.place == path)
      }
    }
  }

  @Test func `of changed bytes are refused or can be read`() throws {
    try withFile { path in
      try write(path)
      let whole = try Data(contentsOf: URL(filePath: path))
      var generator = SplitMix(state: 11)
      for _ in 0..<600 {
        var changed = whole
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          // What is behind the files decides.
          let index = whole.count - 1 - Int.random(in: 0..<500, using: &generator)
          changed[index] = UInt8.random(in: 0...255, using: &generator)
        }
        try changed.write(to: URL(filePath: path))
        do {
          let read = try ImageFiles(contentsOf: path)
          for position in 0..<read.count { _ = try read.bytes(of: position) }
        } catch is GalleyError {
        }
      }
    }
  }

  @Test func `need a size that images can have, and colours`() throws {
    var wrong = [Preprocessing(scale: 1), Preprocessing(scale: 1, colors: .rgb), preprocessing, preprocessing]
    wrong[2].colors = .stored
    wrong[3].mean = [1, 2]
    let sizes = [(0, 1), (-1, 1), (.max, 2), (60_000, 60_000)]
    wrong += sizes.map { Preprocessing(scale: 1, fit: ImageFit(size: PixelSize(width: $0, height: $1)), colors: .rgb) }
    let fit = ImageFit(size: PixelSize(width: 4, height: 4), crop: PixelSize(width: 5, height: 4))
    wrong.append(Preprocessing(scale: 1, fit: fit, colors: .rgb))
    try withFile { path in
      for preprocessing in wrong {
        #expect(throws: GalleyError.self) {
          try ImageFiles.write(items(), preprocessing: preprocessing, to: path) { files[$0] }
        }
        #expect(!FileManager.default.fileExists(atPath: path))
      }
    }
  }

  @Test func `whose bytes can't be had leave nothing behind`() throws {
    try withFile { path in
      #expect(throws: CancellationError.self) {
        try ImageFiles.write(items(), preprocessing: preprocessing, to: path) { position in
          if position == 2 { throw CancellationError() }
          return files[position]
        }
      }
      let folder = URL(filePath: path).deletingLastPathComponent().path
      let left = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(left.isEmpty)
    }
  }

  @Test(.enabled(if: isVipsHere, "libvips is not installed"), arguments: [Preprocessing.Colors.rgb, .bgr, .gray])
  func `give a model what decoded frames give it`(colors: Preprocessing.Colors) throws {
    let pixels = (0..<9 * 7 * 3).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    let fit = ImageFit(size: PixelSize(width: 6, height: 6), rule: .cover, crop: PixelSize(width: 4, height: 2))
    let bytes = try Image(width: 9, height: 7, format: .rgb, bytes: pixels).encoded(as: .jpeg(quality: 90))
    let said = Preprocessing(scale: 1 / 255, mean: [0.4], deviation: [0.2], fit: fit, colors: colors)
    let transform = try PixelTransform(said, channels: 3)
    var values = [Float](repeating: 0, count: transform.outputCount)
    try values.withUnsafeMutableBufferPointer {
      try transform.apply(fitted: transform.image(decoding: bytes, name: "a"), into: $0)
    }
    // As bench prepares frames.
    let frame = try Image(
      decoding: bytes, fit: fit, options: DecodingOptions(format: colors == .gray ? .gray : .rgb))
    var rest = said
    (rest.fit, rest.colors) = (nil, colors == .bgr ? .bgr : .stored)
    let frames = try rest.apply(to: Tensor(frame.bytes, shape: [1, 2, 4, frame.channels]))
    #expect(try frames.values(as: Float.self) == values)
  }
}

/// Numbers by a seed.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
