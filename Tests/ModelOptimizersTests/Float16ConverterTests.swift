// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import ModelOptimizers
import ONNX
import Tensors
import Testing

@Suite struct Float16ConverterTests {
  /// A model of one product, and its file.
  private func model(in folder: URL, weights: [Float] = [1, 2, 3, 1e6]) throws -> ModelFile {
    var graph = GraphBuilder()
    graph.addInput(name: "x", elementType: .float32, dimensions: ["n", 2])
    graph.addInitializer("w", try Tensor(weights, shape: [2, 2]))
    graph.addNode("MatMul", inputs: ["x", "w"], outputs: ["h"], name: "product")
    graph.addNode("Pow", inputs: ["h", "h"], outputs: ["y"], name: "power")
    graph.addOutput(name: "y", elementType: .float32, dimensions: ["n", 2])
    let url = folder.appending(path: "model.onnx")
    let data = try graph.build(graphName: "g").serialized()
    try data.write(to: url)
    return ModelFile(path: url.path, format: .onnx, digest: Digest(of: "source"), byteCount: data.count)
  }

  private func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "float16-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
  }

  @Test func theFileIsConvertedAndTheRecordSaysHow() async throws {
    try await withFolder { folder in
      let source = try model(in: folder)
      let output = folder.appending(path: "half.onnx")
      let record = try await Float16Converter().optimize(source, to: output.path, calibration: nil)
      #expect(record.precision == "float16")
      #expect(record.notes.first?.hasPrefix("Of 2 operators on float32, 1 work in float16; 1 weights rounded") == true)
      #expect(record.notes.contains { $0.contains("1 weights were beyond ±65504") })
      #expect(record.notes.contains { $0.hasPrefix("Pow 'power' stays float32") })
      let half = try Model(contentsOf: output)
      #expect(try half.initializer(named: "w")?.elementType == .float16)
      #expect(half.metadata["galley.float16.source"] == source.digest.hex)
      #expect(try half.inputs.map(\.elementType) == [.float32])
    }
  }

  @Test func optionsReachTheConversion() async throws {
    try await withFolder { folder in
      let source = try model(in: folder)
      let output = folder.appending(path: "half.onnx")
      let options = Float16Converter.Options(keepEdges: false, exclude: ["product"])
      _ = try await Float16Converter(options).optimize(source, to: output.path, calibration: nil)
      let half = try Model(contentsOf: output)
      #expect(try half.inputs.map(\.elementType) == [.float16])
      #expect(try half.initializer(named: "w")?.elementType == .float32)
    }
  }

  @Test func mistakesLeaveNoFile() async throws {
    try await withFolder { folder in
      let output = folder.appending(path: "half.onnx")
      var missing = try model(in: folder)
      missing.path += ".missing"
      await #expect(throws: GalleyError.self) {
        try await Float16Converter().optimize(missing, to: output.path, calibration: nil)
      }
      let unknown = Float16Converter(.init(exclude: ["nobody"]))
      let source = try model(in: folder)
      await #expect(throws: GalleyError.self) {
        try await unknown.optimize(source, to: output.path, calibration: nil)
      }
      #expect(!FileManager.default.fileExists(atPath: output.path))
    }
  }

  @Test func theCardsOptionsAreThoseOfTheType() {
    #expect(Float16Converter.card.taxonomy == "optimizer.float16")
    #expect(Float16Converter.card.options.map(\.name).sorted() == ["exclude", "excludeOperators", "keepEdges"])
    #expect(Float16Converter().calibrationCount == 0)
  }
}
