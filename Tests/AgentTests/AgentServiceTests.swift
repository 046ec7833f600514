// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Agent
import Files
import FoundationEssentials
import Galley
import Runtimes
import TargetProtocol
import Tensors
import Testing

let isONNXRuntimeHere: Bool = if case .available = ONNXRuntime.availability() { true } else { false }

@Suite("An agent", .enabled(if: isONNXRuntimeHere, "libonnxruntime is not installed: run make setup"))
struct AgentServiceTests {
  let agent = AgentService(runtimes: Registry([.init(ONNXRuntime.self, as: { $0 })]))
  let folder: TemporaryFolder
  let dataPath: String
  let items: LabeledItems

  init() throws {
    folder = try TemporaryFolder()
    dataPath = folder.path + "/data.safetensors"
    // Four pixels in a row, the form that dense.onnx takes; its three scores stand for three classes.
    let pixels = (0..<7 * 4).map { UInt8(($0 * 37) % 256) }
    items = try LabeledItems(
      ids: (0..<7).map { "item \($0)" }, inputs: Tensor(pixels, shape: [7, 1, 1, 4]),
      classes: [0, 1, 2, 0, 1, 2, 0], labels: ["a", "b", "c"])
    try PreparedData(subsets: [.test: items], preprocessing: Preprocessing(layout: .nhwc, scale: 1 / 255))
      .write(to: dataPath)
  }

  private func model(_ name: String = "dense.onnx") throws -> ModelFile {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try ModelFile(at: tests.appending(path: "RuntimesTests/Fixtures/\(name)").path, format: .onnx)
  }

  private func load(batch: Int = 1) async throws -> LoadResult {
    _ = try await agent.openData(OpenDataParameters(path: dataPath, subset: .test))
    let runtime = try IngredientChoice(ONNXRuntime.self, .init())
    return try await agent.load(LoadParameters(model: model(), runtime: runtime, batch: batch))
  }

  /// The scores by another way: one batch of all items in a session of its own.
  private func scores() throws -> [Float] {
    let session = try ONNXRuntime(.init()).compile(model()).makeSession(inputShapes: [[7, 4]])
    let input = try Preprocessing(layout: .nhwc, scale: 1 / 255).apply(to: items.inputs)
    try input.bytes.withUnsafeBytes { try session.setInput(0, $0) }
    try session.run()
    return try session.withOutput(0) { bytes, _ in Array(bytes.bindMemory(to: Float.self)) }
  }

  @Test func `loads, warms up and takes turns`() async throws {
    let loaded = try await load()
    #expect(loaded.inputs.first?.name == "x" && loaded.configuration["threads"] == "1")
    #expect(loaded.seconds > 0 && loaded.baselineResidentBytes > 0)
    #expect(try await agent.firstInference().seconds > 0)
    let warmUp = try await agent.warmUp(WarmUpParameters(maximumSeconds: 0.2))
    #expect(warmUp.inferences > 0 && warmUp.median > 0)
    let block = try await agent.block(BlockParameters(inferences: 50))
    #expect(block.durations.count == 50 && block.seconds > 0)
    #expect(block.durations.seconds.reduce(0, +) <= block.seconds)
    let used = await agent.resources()
    #expect(used.peakResidentBytes >= used.residentBytes)
    let record = try await agent.runtimeRecord()
    #expect(record.name == "onnxruntime" && record.libraryDigest != nil)
  }

  @Test(arguments: [1, 2, 3, 7, 10]) func `answers every item once, whatever the batch`(batch: Int) async throws {
    _ = try await load(batch: batch)
    let result = try await agent.predict(PredictParameters())
    let scores = try scores()
    let expected = (0..<7).map { item in
      (0..<3).max { scores[item * 3 + $0] < scores[item * 3 + $1] } ?? 0
    }
    #expect(result.predictions == Predictions(ids: items.ids, truth: items.classes, answers: expected))
    let batches = (7 + batch - 1) / batch
    for list in [result.preprocessing, result.inference, result.postprocessing, result.endToEnd] {
      #expect(list.count == batches)
    }
    #expect(try await agent.predict(PredictParameters(limit: 2)).predictions.ids == ["item 0", "item 1"])
  }

  @Test(arguments: [1, 3]) func `writes raw outputs of chosen items in their order`(batch: Int) async throws {
    _ = try await load(batch: batch)
    let path = folder.path + "/outputs.safetensors"
    let ids = ["item 5", "item 0", "item 3", "item 1"]
    let result = try await agent.writeOutputs(WriteOutputsParameters(path: path, ids: ids))
    #expect(result.ids == ids)
    #expect(try result.digest == Digest(ofFileAt: path))
    let tensor = try Safetensors(Data(contentsOf: URL(filePath: path))).tensor("y")
    #expect(tensor.shape == [4, 3])
    let scores = try scores()
    let expected = [5, 0, 3, 1].flatMap { scores[$0 * 3..<$0 * 3 + 3] }
    for (value, expected) in try zip(tensor.values(as: Float.self), expected) { #expect(abs(value - expected) < 1e-5) }
  }

  @Test func `observes the range of each output over chosen items`() async throws {
    _ = try await load(batch: 2)
    let ranges = try await agent.observeRanges(ObserveRangesParameters(ids: ["item 1", "item 2", "item 4"])).ranges
    let chosen = try [1, 2, 4].flatMap { try scores()[$0 * 3..<$0 * 3 + 3] }
    let range = try #require(ranges["y"])
    #expect(abs(range.minimum - (chosen.min() ?? 0)) < 1e-5 && abs(range.maximum - (chosen.max() ?? 0)) < 1e-5)
  }

  @Test func `refuses work out of order, unknown items and runtimes, and other files`() async throws {
    await #expect(throws: GalleyError.self) { try await agent.firstInference() }
    await #expect(throws: GalleyError.self) { _ = try await agent.predict(PredictParameters()) }
    _ = try await load()
    await #expect(throws: GalleyError.self) {
      _ = try await agent.observeRanges(ObserveRangesParameters(ids: ["nobody"]))
    }
    await #expect(throws: GalleyError.self) { _ = try await agent.block(BlockParameters(inferences: 0)) }
    let unknown = await #expect(throws: GalleyError.self) {
      let runtime = IngredientChoice("onnxruntim", options: [:])
      _ = try await agent.load(LoadParameters(model: model(), runtime: runtime, batch: 1))
    }
    #expect(unknown?.remedy == "Did you mean 'onnxruntime'?")
    var changed = try model()
    changed.digest = Digest(of: "something else")
    let other = await #expect(throws: GalleyError.self) {
      let runtime = try IngredientChoice(ONNXRuntime.self, .init())
      _ = try await agent.load(LoadParameters(model: changed, runtime: runtime, batch: 1))
    }
    #expect(other?.exitCode == .badData && other?.place == changed.path)
  }

  @Test func `refuses models that don't fit the items`() async throws {
    _ = try await agent.openData(OpenDataParameters(path: dataPath, subset: .test))
    let reasons = [
      "two-inputs.onnx": "it has 2 inputs; a model of items has one", "nonzero.onnx": nil,
      "text.onnx": nil,
    ]
    for (name, reason) in reasons {
      let refusal = await #expect(throws: GalleyError.self) {
        let runtime = try IngredientChoice(ONNXRuntime.self, .init())
        _ = try await agent.load(LoadParameters(model: model(name), runtime: runtime, batch: 1))
      }
      #expect(reason == nil || refusal?.why == reason)
    }
    await #expect(throws: GalleyError.self) {
      _ = try await agent.openData(OpenDataParameters(path: dataPath, subset: .train))
    }
  }

  @Test func `stops between batches when the host no longer wants the result`() async throws {
    _ = try await load()
    await #expect(throws: CancellationError.self) {
      _ = try await agent.predict(PredictParameters()) { _, _ in throw CancellationError() }
    }
  }
}

/// A folder that is deleted with the value.
final class TemporaryFolder: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appending(path: "galley-test-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
