// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing

/// The example recipe, run in full and judged by Python's onnx and onnxruntime.
@Suite(.serialized) struct PeerTests {
  private static let python = Program.root + ".peers/bin/python3"

  @Test(
    .enabled(
      if: FileManager.default.isExecutableFile(atPath: PeerTests.python),
      "the peers are missing: run 'sh Native/peers.sh', which makes .peers/bin/python3"))
  func theExampleHoldsBeforePythonsONNXRuntime() async throws {
    let program = try Program()
    defer { program.remove() }
    let run = try await program.run([
      "run", Program.root + "Examples/digits/recipe.yaml", "--json", "--output", "digits",
    ])
    #expect(run.status == 0, "\(run.errors)")
    let result = try JSONDecoder().decode(Result.self, from: Data(run.output.utf8))
    #expect(result.variants.count == 4)
    for variant in result.variants {
      let accuracy = try #require(variant.accuracy)
      #expect(accuracy >= 0.97, "\(variant.name)")
    }
    for (float, int8) in [(0, 1), (2, 3)] {
      let (float, int8) = (result.variants[float], result.variants[int8])
      let figures = try judge([
        result.data, float.model, int8.model, try #require(int8.calibration), float.predictions, int8.predictions,
      ])
      print("\(int8.name) beside onnxruntime.quantization: \(figures)")
    }
  }

  private struct Result: Decodable {
    struct Variant: Decodable {
      var name: String
      var accuracy: Double?
      var model: String
      var predictions: String
      var calibration: String?
    }
    var data: String
    var variants: [Variant]
  }

  private func judge(_ arguments: [String]) throws -> String {
    let process = Process()
    let (output, errors) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: Self.python)
    process.arguments = [Program.root + "Tests/Peers/digits_peer.py"] + arguments
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(complaint)")
    return text.split(separator: "\n").last.map(String.init) ?? ""
  }
}
