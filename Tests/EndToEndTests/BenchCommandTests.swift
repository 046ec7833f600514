// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing

/// Benches measure, and only one measures on a machine at a time.
@Suite(.serialized) struct BenchCommandTests {
  private static let model = Program.root + "Tests/ONNXTests/Fixtures/plain.onnx"

  private static let quick = [
    "--processes", "1", "--blocks", "2", "--block-milliseconds", "1", "--throughput-seconds", "0.02", "--samples", "2",
  ]

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func aModelFileIsMeasuredInEveryRuntimeAndPrecision() async throws {
    let program = try Program()
    defer { program.remove() }
    let outcome = try await program.run(["bench", Self.model, "--folder", "out", "--json"] + Self.quick)
    #expect(outcome.status == 0, "\(outcome.errors)")
    let result = try object(outcome.output)
    let rows = try #require(result["rows"] as? [[String: Any]])
    let combinations = rows.compactMap { $0["combination"] as? [String: Any] }
    #expect(Set(combinations.compactMap { $0["precision"] as? String }) == ["original", "fp16", "int8"])
    #expect(Set(combinations.compactMap { $0["runtime"] as? String }) == ["onnxruntime", "openvino"])
    #expect(rows.allSatisfy { $0["measurement"] != nil })
    let refused = try #require(result["refused"] as? [[String: Any]])
    #expect(refused.contains { ($0["reason"] as? String)?.contains("litert executes tflite files") == true })
    for file in ["report/report.html", "report/report.json", "measurements.json", "models/plain.int8.onnx"] {
      #expect(FileManager.default.fileExists(atPath: "\(program.folder)/out/\(file)"), "\(file)")
    }
  }

  @Test(arguments: [
    (["bench", "missing.onnx"], Int32(66), "missing.onnx"),
    (["bench", model, "--runtimes", "onnxruntim"], 64, "Did you mean 'onnxruntime'?"),
    (["bench", model, "--precisions", "fp8"], 64, "there is no precision 'fp8'"),
    (["bench", model, "--batch", "0"], 64, "not a number from 1"),
    (["bench", model, "--dimension", "x"], 64, "not NAME=N"),
    (["bench", model, "--decode-on-target"], 64, "--decode-on-target needs --data"),
    (["inspect", "/etc/hostname"], 65, "/etc/hostname"),
    (["compare", model, "missing.onnx"], 66, "missing.onnx"),
  ])
  func aMistakeGetsOneMessage(arguments: [String], status: Int32, words: String) async throws {
    let program = try Program()
    defer { program.remove() }
    let outcome = try await program.run(arguments + (arguments[0] == "bench" ? ["--folder", "out"] : []))
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
  }

  @Test func inspectShowsWhatAFileIs() async throws {
    let program = try Program()
    defer { program.remove() }
    let outcome = try await program.run(["inspect", Self.model])
    #expect(outcome.status == 0, "\(outcome.errors)")
    for words in ["ONNX", "Conv", "multiply-accumulates", "Expects"] { #expect(outcome.output.contains(words)) }
    let json = try await program.run(["inspect", Self.model, "--json", "--profile"], named: "json")
    #expect(json.status == 0, "\(json.errors)")
    #expect(((try object(json.output))["profile"] as? [Any])?.isEmpty == false)
  }

  @Test func compareNamesTheFirstLayerThatParts() async throws {
    let program = try Program()
    defer { program.remove() }
    let same = try await program.run(["compare", Self.model, Self.model], named: "same")
    #expect(same.status == 0, "\(same.errors)")
    let bench = try await program.run(
      ["bench", Self.model, "--folder", "out", "--precisions", "int8", "--runtimes", "onnxruntime"] + Self.quick,
      named: "bench")
    #expect(bench.status == 0, "\(bench.errors)")
    let parted = try await program.run(
      ["compare", Self.model, "out/models/plain.int8.onnx", "--tolerance", "0.000001"], named: "parted")
    #expect(parted.status == 1, "\(parted.errors)")
    #expect(parted.output.contains("They part at"))
  }
}
