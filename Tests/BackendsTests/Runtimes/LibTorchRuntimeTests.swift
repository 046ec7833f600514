// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Backends
import Files
import Foundation
import Galley
import ModelFiles
import Tensors
import Testing

@Suite("LibTorch as a runtime", .enabled(if: Digits.isAvailable, Digits.absence))
struct LibTorchRuntimeTests {
  private static var isHere: Bool {
    if case .available = LibTorchRuntime.availability() { true } else { false }
  }

  /// A checkpoint of one short epoch, and what the backend's own worker answers with it.
  private func trained() async throws -> (folder: TorchWorkerFolder, file: ModelFile, answers: [ItemResult]) {
    let folder = try TorchWorkerFolder()
    let checkpoint = try #require(try await folder.run(folder.training()).0.files["checkpoint"]).path
    var options = PredictOptions()
    options.threads = 1
    let request = try folder.request(.predict(options), model: .checkpoint(checkpoint), name: "answers")
    let result = try await folder.run(request).0
    let lines = try String(contentsOfFile: try #require(result.files["predictions"]).path, encoding: .utf8)
    let answers = try lines.split(separator: "\n").map {
      try JSONDecoder().decode(ItemResult.self, from: Data($0.utf8))
    }
    return (folder, try ModelFile(at: checkpoint, format: .checkpoint), answers)
  }

  @Test(.enabled(if: isHere))
  func `it executes a checkpoint as its backend does`() async throws {
    let (folder, file, answers) = try await trained()
    let items = try PreparedData(contentsOf: folder.data).items(.test)
    let inputs = try Preprocessing(scale: 1 / 16).apply(to: items.inputs)
    let model = try LibTorchRuntime(.init()).compile(file)
    #expect(model.inputs.map(\.tensor?.shape) == [[nil, 1, 8, 8]])
    #expect(model.outputs.map(\.tensor?.shape) == [[nil, 10]])
    let expected = Dictionary(uniqueKeysWithValues: answers.map { ($0.id, $0) })
    for batch in [1, 5] {
      let session = try model.makeSession(inputShapes: [[batch, 1, 8, 8]])
      try inputs.rows(0..<batch).bytes.withUnsafeBytes { try session.setInput(0, $0) }
      try session.run()
      let scores = try session.withOutput(0) { bytes, shape in
        #expect(shape == [batch, 10])
        return Array(bytes.bindMemory(to: Float.self))
      }
      let whole = try model.run([.tensor(inputs.rows(0..<batch))]).first?.tensor
      #expect(try whole?.values(as: Float.self) == scores)
      for row in 0..<batch {
        guard case .ok(let answer)? = expected[items.ids[row]]?.outcome else { throw ColourScorer.Mischief.refused }
        let own = scores[row * 10..<row * 10 + 10].map { exp($0) }
        let sum = own.reduce(0, +)
        for (a, b) in zip(own, answer.probabilities) { #expect(abs(a / sum - b) < 1e-5) }
      }
    }
    #expect(throws: GalleyError.self) { try model.makeSession(inputShapes: [[1, 3, 8, 8]]) }
    #expect(throws: GalleyError.self) { try model.run([]) }
  }

  @Test func `a checkpoint is described like any other model`() async throws {
    let (folder, file, _) = try await trained()
    defer { withExtendedLifetime(folder) {} }
    let description = try ModelDescription(of: file.path)
    #expect(description.format == .checkpoint)
    #expect(description.inputs.map(\.tensor?.shape) == [[nil, 1, 8, 8]])
    let expectation = try ModelExpectation(ofModelAt: file.path, description)
    #expect(expectation.missingForQuality.isEmpty)
    #expect(expectation.labels.value == Digits.labels)
    #expect(expectation.preprocessing?.scale == 0.0625)
  }

  @Test func `it refuses files of other formats`() throws {
    let file = ModelFile(path: "/nowhere.onnx", format: .onnx, digest: .init(of: ""), byteCount: 0)
    #expect(throws: GalleyError.self) { try LibTorchRuntime(.init()).compile(file) }
    #expect(throws: GalleyError.self) { try LibTorchRuntime(.init(threads: 0)) }
  }
}
