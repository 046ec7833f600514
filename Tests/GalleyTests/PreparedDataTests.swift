// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import Tensors
import Testing

@Suite("Prepared data")
struct PreparedDataTests {
  private func items(_ prefix: String, _ count: Int) throws -> LabeledItems {
    let pixels = (0..<count * 12).map { UInt8(truncatingIfNeeded: $0 * 7) }
    return try LabeledItems(
      ids: (0..<count).map { "\(prefix)-\"é\"-\($0)" }, inputs: Tensor(pixels, shape: [count, 2, 3, 2]),
      classes: (0..<count).map { $0 % 2 }, labels: ["cat", "dog"])
  }

  private func data() throws -> PreparedData {
    try PreparedData(
      subsets: [.train: items("a", 5), .test: items("b", 3)], preprocessing: Preprocessing(scale: 1 / 255, mean: [0.1]))
  }

  private func withTemporaryFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "galley-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder.path)
  }

  @Test func `comes back from its file, whose digest names it`() throws {
    try withTemporaryFolder { folder in
      let data = try data()
      let digest = try data.write(to: folder + "/a/data.safetensors")
      #expect(try data.write(to: folder + "/b.safetensors") == digest)
      let read = try PreparedData(contentsOf: folder + "/a/data.safetensors")
      #expect(read == data)
      #expect(try read.items(.train).ids.count == 5)
      #expect(throws: GalleyError.self) { try read.items(.validation) }
    }
  }

  @Test func `refuses a missing file, another format, and every truncation`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/data.safetensors"
      let missing = #expect(throws: GalleyError.self) { try PreparedData(contentsOf: path) }
      #expect(missing?.exitCode == .missingInput && missing?.place == path)
      let whole = try data().serialized()
      for length in stride(from: 0, to: whole.count, by: 37) {
        try whole.prefix(length).write(to: URL(filePath: path))
        let error = #expect(throws: GalleyError.self) { try PreparedData(contentsOf: path) }
        #expect(error?.exitCode == .badData && error?.place == path)
      }
      try Safetensors(tensors: [:], metadata: ["format": "other"]).serialized().write(to: URL(filePath: path))
      #expect(throws: GalleyError.self) { try PreparedData(contentsOf: path) }
    }
  }

  @Test func `refuses subsets that share items or differ in form`() throws {
    let some = try items("a", 2)
    let preprocessing = Preprocessing(scale: 1)
    #expect(throws: GalleyError.self) { try PreparedData(subsets: [:], preprocessing: preprocessing) }
    #expect(throws: GalleyError.self) {
      try PreparedData(subsets: [.train: some, .test: some], preprocessing: preprocessing)
    }
    let other = try LabeledItems(
      ids: ["z"], inputs: Tensor([UInt8(1)], shape: [1, 1, 1, 1]), classes: [0], labels: ["cat", "dog"])
    #expect(throws: GalleyError.self) {
      try PreparedData(subsets: [.train: some, .test: other], preprocessing: preprocessing)
    }
  }
}

@Suite("Lists of durations")
struct DurationListTests {
  @Test func `come back from JSON, whatever their size`() throws {
    let durations: [UInt64] = [0, 1, 127, 128, 4000, 1 << 32, .max]
    var list = DurationList(durations)
    let read = try JSONDecoder().decode(DurationList.self, from: JSONEncoder().encode(list))
    #expect(read == list && read.count == 7 && read.nanoseconds == durations)
    list.append(contentsOf: DurationList([5]))
    #expect(list.count == 8 && list.nanoseconds == durations + [5])
    #expect(list.seconds.last == 5e-9)
    #expect(try JSONEncoder().encode(DurationList([UInt64](repeating: 4000, count: 3000))).count < 8100)
  }

  @Test(arguments: ["\"!\"", "\"gA==\"", "\"gICAgICAgICAgAE=\"", "3"]) func `refuse other texts`(json: String) {
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(DurationList.self, from: Data(json.utf8)) }
  }
}

@Suite("Preprocessing of pixels")
struct PixelTransformTests {
  @Test(arguments: [Preprocessing.Layout.nchw, .nhwc], [ElementType.uint8, .float32])
  func `computes (value × scale − mean) ÷ deviation for each channel`(
    layout: Preprocessing.Layout, elementType: ElementType
  ) throws {
    let (height, width, channels) = (3, 2, 3)
    let preprocessing = Preprocessing(layout: layout, scale: 0.5, mean: [1, 2, 3], deviation: [2, 4, 5])
    let raw = (0..<2 * 18).map { UInt8($0 * 7) }
    let shape = [2, height, width, channels]
    let items = try elementType == .uint8 ? Tensor(raw, shape: shape) : Tensor(raw.map { Float($0) }, shape: shape)
    let output = try preprocessing.apply(to: items)
    #expect(output.shape == (layout == .nchw ? [2, 3, 3, 2] : [2, 3, 2, 3]))
    let values = try output.values(as: Float.self)
    for item in 0..<2 {
      for pixel in 0..<6 {
        for channel in 0..<3 {
          let source = Float(raw[item * 18 + pixel * 3 + channel])
          let expected = (source * 0.5 - [1, 2, 3][channel]) * (1 / [2, 4, 5][channel])
          let position = item * 18 + (layout == .nchw ? channel * 6 + pixel : pixel * 3 + channel)
          #expect(values[position] == expected)
        }
      }
    }
  }

  @Test func `refuses items of another size or type, and constants that don't fit`() throws {
    let preprocessing = Preprocessing(scale: 1, mean: [0, 0])
    #expect(throws: GalleyError.self) {
      try PixelTransform(preprocessing, height: 1, width: 1, channels: 3, elementType: .uint8)
    }
    #expect(throws: GalleyError.self) {
      try PixelTransform(preprocessing, height: 1, width: 1, channels: 2, elementType: .int64)
    }
    let transform = try PixelTransform(preprocessing, height: 1, width: 1, channels: 2, elementType: .uint8)
    var output: [Float] = [0, 0]
    for bytes in [[UInt8](), [1], [1, 2, 3]] {
      #expect(throws: GalleyError.self) {
        try output.withUnsafeMutableBufferPointer { output in
          try bytes.withUnsafeBytes { try transform.apply($0, into: output) }
        }
      }
    }
  }
}
