// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bench
import Foundation
import Galley
import Images
import ModelFiles
import ONNX
import Runtimes
import Targets
import Testing

private let isVipsHere = (try? ImageLibrary.opened()) != nil

/// Images that are decoded where the model is measured.
@Suite(.serialized, .enabled(if: isVipsHere, "libvips is not installed")) struct DecodingTests {
  let folder: String
  private let network = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "ONNXTests/Fixtures/plain.onnx").path

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "bench-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for label in 0..<10 {
      let place = "\(folder)/photos/c\(label)"
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      for number in 0..<4 {
        let (width, height) = (11 + number, 9 + label)
        let pixels = (0..<width * height * 3).map { UInt8(truncatingIfNeeded: $0 &* 41 &+ number &* 67 &+ label &* 29) }
        let image = try Image(width: width, height: height, format: .rgb, bytes: pixels)
        let bytes = try image.encoded(as: number % 2 == 0 ? .png() : .jpeg(quality: 90))
        try Data(bytes).write(to: URL(filePath: "\(place)/\(number).\(number % 2 == 0 ? "png" : "jpg")"))
      }
    }
    try (0..<10).map { "c\($0)" }.joined(separator: "\n")
      .write(toFile: "\(folder)/labels.txt", atomically: true, encoding: .utf8)
  }

  private func models(_ data: String, decodes: Bool, labels: Bool = true) throws -> [BenchModel] {
    let expectation = ExpectationOptions(
      preprocessing: "0-1", labels: labels ? "\(folder)/labels.txt" : nil, output: "logits")
    let meaning = BenchMeaning(data: data, expectation: expectation, decodesOnTarget: decodes)
    return try BenchPreparation(meaning: meaning, folder: folder, seed: 1).models([network])
  }

  @Test func filesGiveWhatFramesGive() async throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let programs = URL(filePath: (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "")
      .deletingLastPathComponent()
    let target = LocalTarget(
      executable: programs.appending(path: "galley-agent").path, arguments: [], lockPath: folder + "/lock",
      takesRuntime: true)
    var qualities: [ClassificationQuality?] = []
    for decodes in [false, true] {
      let models = try models("\(folder)/photos", decodes: decodes)
      #expect((models[0].images != nil) == decodes)
      var request = BenchRequest(
        models: models, runtimes: [RuntimeOffer(ONNXRuntime.self)], precisions: [.original], batches: [1, 4])
      (request.processes, request.blocks, request.blockSeconds, request.throughputSeconds) = (1, 2, 0.001, 0.02)
      let bench = Bench(target: target, optimizers: [:], folder: folder, command: "galley bench")
      let result = try await bench.run(request)
      let rows = result.rows.compactMap(\.measurement)
      #expect(rows.count == 2, "\(result.rows.compactMap(\.failure))")
      #expect(rows.allSatisfy { ($0.phases.decoding != nil) == decodes })
      #expect(result.notes.contains { $0.contains("decoded and fitted where the model is measured") } == decodes)
      qualities += rows.map(\.quality)
    }
    #expect(qualities[0] != nil && qualities.allSatisfy { $0 == qualities[0] })
  }

  @Test func whatCantBeDecodedThereIsRefused() throws {
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let table = "\(folder)/table.csv"
    try "id,label,p0\na,c0,1\n".write(toFile: table, atomically: true, encoding: .utf8)
    let tensors = "\(folder)/data.safetensors"
    try Data().write(to: URL(filePath: tensors))
    for data in [table, tensors] {
      let refusal = #expect(throws: GalleyError.self) { try models(data, decodes: true) }
      #expect(refusal?.exitCode == .configuration && refusal?.why == "they are tensors or pixels")
    }
    // Without labels nothing is judged, so that nothing would be decoded.
    let unjudged = #expect(throws: GalleyError.self) { try models("\(folder)/photos", decodes: true, labels: false) }
    #expect(unjudged?.remedy?.contains("--decode-on-target") == true && unjudged?.why.contains("classes") == true)
    #expect(try models("\(folder)/photos", decodes: false, labels: false)[0].images == nil)
  }
}
