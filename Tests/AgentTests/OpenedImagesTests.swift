// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Agent
import Files
import FoundationEssentials
import Galley
import Images
import Runtimes
import TargetProtocol
import Tensors
import Testing

private let canDecode = isONNXRuntimeHere && (try? ImageLibrary.opened()) != nil

@Suite("An agent with image files", .enabled(if: canDecode, "libvips or libonnxruntime is missing: run make setup"))
struct OpenedImagesTests {
  let agent = AgentService(runtimes: Registry([.init(ONNXRuntime.self, as: { $0 })]))
  let folder: TemporaryFolder
  let items: LabeledItems
  let files: [[UInt8]]

  private static let frames = Preprocessing(scale: 1 / 255)
  private static let decoding = Preprocessing(
    scale: 1 / 255, fit: ImageFit(size: PixelSize(width: 4, height: 1)), colors: .gray)

  init() throws {
    folder = try TemporaryFolder()
    let images = try (0..<7).map { number in
      let pixels = (0..<24 * 3).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ number &* 91) }
      return try Image(width: 8, height: 3, format: .rgb, bytes: pixels)
    }
    let files = try images.enumerated().map { number, image in
      try image.encoded(as: number % 2 == 0 ? .png() : .jpeg(quality: 90))
    }
    let fit = try #require(Self.decoding.fit)
    let pixels = try files.flatMap { file in
      try Image(decoding: file, fit: fit, options: DecodingOptions(format: .gray)).bytes
    }
    self.files = files
    items = try LabeledItems(
      ids: (0..<7).map { "item \($0)" }, inputs: Tensor(pixels, shape: [7, 1, 4, 1]),
      classes: [0, 1, 2, 0, 1, 2, 0], labels: ["a", "b", "c"])
  }

  private func write(_ change: (_ position: Int, [UInt8]) -> [UInt8] = { $1 }) throws -> String {
    let path = folder.path + "/images"
    try ImageFiles.write(items, preprocessing: Self.decoding, to: path) { change($0, files[$0]) }
    return path
  }

  private func load(batch: Int = 1) async throws -> LoadResult {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let model = try ModelFile(at: tests.appending(path: "RuntimesTests/Fixtures/dense.onnx").path, format: .onnx)
    let runtime = try IngredientChoice(ONNXRuntime.self, .init())
    return try await agent.load(LoadParameters(model: model, runtime: runtime, batch: batch))
  }

  @Test(arguments: [1, 3, 10]) func `answers as it does with the frames`(batch: Int) async throws {
    let data = folder.path + "/data.safetensors"
    try PreparedData(subsets: [.test: items], preprocessing: Self.frames).write(to: data)
    _ = try await agent.openData(OpenDataParameters(path: data, subset: .test))
    _ = try await load(batch: batch)
    let frames = try await agent.predict(PredictParameters())
    let outputs = WriteOutputsParameters(path: folder.path + "/outputs")
    let written = try await agent.writeOutputs(outputs)
    #expect(frames.decoding == nil)

    let opened = try await agent.openImages(OpenImagesParameters(path: try write()))
    #expect(opened == OpenDataResult(itemCount: 7, labels: items.labels))
    _ = try await load(batch: batch)
    #expect(try await agent.firstInference().seconds > 0)
    let decoded = try await agent.predict(PredictParameters())
    #expect(decoded.predictions == frames.predictions)
    #expect(try await agent.writeOutputs(outputs) == written)
    let durations = try #require(decoded.decoding)
    #expect(durations.count == decoded.preprocessing.count)
    for (part, whole) in zip(durations.nanoseconds, decoded.preprocessing.nanoseconds) { #expect(part <= whole) }
    // A model that says itself how its input is made says nothing of size and colours.
    let parameters = OpenImagesParameters(path: folder.path + "/images", preprocessing: Preprocessing(scale: 1 / 255))
    _ = try await agent.openImages(parameters)
    _ = try await load(batch: batch)
    #expect(try await agent.predict(PredictParameters(limit: 2)).predictions.ids == ["item 0", "item 1"])
  }

  @Test func `names an item that is damaged and goes on`() async throws {
    _ = try await agent.openImages(OpenImagesParameters(path: try write { $0 == 4 ? Array($1.prefix(60)) : $1 }))
    _ = try await load()
    let failure = await #expect(throws: GalleyError.self) { _ = try await agent.predict(PredictParameters()) }
    #expect(failure?.exitCode == .badData && failure?.place == "item 4" && failure?.what.contains("'item 4'") == true)
    #expect(try await agent.predict(PredictParameters(limit: 4)).predictions.answers.count == 4)
    _ = try await agent.openImages(OpenImagesParameters(path: try write { $0 == 0 ? Array("no image".utf8) : $1 }))
    let first = await #expect(throws: GalleyError.self) { _ = try await load() }
    #expect(first?.place == "item 0")
    _ = try await agent.openImages(OpenImagesParameters(path: try write()))
    _ = try await load()
    #expect(try await agent.predict(PredictParameters()).predictions.answers.count == 7)
  }

  /// A PNG's head with other sides, its checksum right.
  private static func claiming(_ width: UInt32, _ height: UInt32, _ file: [UInt8]) -> [UInt8] {
    var file = file
    for (offset, side) in [(16, width), (20, height)] {
      for byte in 0..<4 { file[offset + byte] = UInt8(truncatingIfNeeded: side >> (24 - 8 * byte)) }
    }
    var checksum: UInt32 = 0xFFFF_FFFF
    for byte in file[12..<29] {
      checksum ^= UInt32(byte)
      for _ in 0..<8 { checksum = checksum & 1 == 1 ? checksum >> 1 ^ 0xEDB8_8320 : checksum >> 1 }
    }
    for byte in 0..<4 { file[29 + byte] = UInt8(truncatingIfNeeded: ~checksum >> (24 - 8 * byte)) }
    return file
  }

  @Test(arguments: [(UInt32(60_000), UInt32(60_000), nil), (2000, 1000, 16_000_000)] as [(UInt32, UInt32, Int?)])
  func `names an item that claims more than there is room for`(width: UInt32, height: UInt32, memory: Int?) async throws
  {
    let path = try write { $0 == 2 ? Self.claiming(width, height, $1) : $1 }
    _ = try await agent.openImages(OpenImagesParameters(path: path, decodingBytes: memory))
    _ = try await load()
    let failure = await #expect(throws: GalleyError.self) { _ = try await agent.predict(PredictParameters()) }
    #expect(failure?.place == "item 2" && failure?.why.contains("\(width) × \(height)") == true, "\(failure as Any)")
    #expect(failure?.remedy?.contains("Leave the item out") == true)
    #expect(try await agent.predict(PredictParameters(limit: 2)).predictions.answers.count == 2)
  }

  @Test func `names an item whose file is more than there is room for`() async throws {
    let path = try write { $0 == 3 ? $1 + [UInt8](repeating: 0, count: 200_000) : $1 }
    _ = try await agent.openImages(OpenImagesParameters(path: path, decodingBytes: 100_000))
    _ = try await load()
    let failure = await #expect(throws: GalleyError.self) { _ = try await agent.predict(PredictParameters()) }
    #expect(failure?.place == "item 3" && failure?.why.contains("100000 bytes") == true, "\(failure as Any)")
  }

  @Test func `refuses files that are something else, and preprocessing of the impossible`() async throws {
    let path = folder.path + "/frames"
    try PreparedData(subsets: [.test: items], preprocessing: Self.frames).write(to: path)
    let other = await #expect(throws: GalleyError.self) {
      _ = try await agent.openImages(OpenImagesParameters(path: path))
    }
    #expect(other?.exitCode == .badData && other?.place == path)
    var huge = Self.decoding
    huge.fit?.size = PixelSize(width: .max, height: .max)
    await #expect(throws: GalleyError.self) {
      _ = try await agent.openImages(OpenImagesParameters(path: try write(), preprocessing: huge))
    }
  }
}
