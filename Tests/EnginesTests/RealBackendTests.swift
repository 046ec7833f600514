// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Backends
import Engines
import Foundation
import Galley
import ModelFiles
import ONNX
import Statistics
import Targets
import Tensors
import Testing
import WorkerProtocol

private enum RealBackend {
  static let isHere = if case .available = RuntimeBackend(.onnxRuntime).availability() { true } else { false }
}

/// The engine over a backend that is no script: ONNX Runtime in child processes.
@Suite(.enabled(if: RealBackend.isHere)) struct RealBackendTests {
  private static let agent =
    WorkerProcess.ownExecutable().split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" } + "/galley-agent"

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A classifier of two classes over images of 40 × 40 pixels.
  private func model() throws -> String {
    var graph = GraphBuilder()
    graph.addInput(name: "input", elementType: .float32, dimensions: ["batch", 3, 40, 40])
    graph.addInitializer("weights", try Tensor([Float](repeating: 0.5, count: 6), shape: [2, 3]))
    graph.addInitializer("bias", try Tensor([Float(0), 1], shape: [2]))
    graph.addNode("GlobalAveragePool", inputs: ["input"], outputs: ["pooled"])
    graph.addNode("Flatten", inputs: ["pooled"], outputs: ["flat"], attributes: ["axis": .int(1)])
    graph.addNode("Gemm", inputs: ["flat", "weights", "bias"], outputs: ["logits"], attributes: ["transB": .int(1)])
    graph.addOutput(name: "logits", elementType: .float32, dimensions: ["batch", 2])
    try folder.write(try graph.build(graphName: "two").serialized(), "two.onnx")
    try folder.write(Data("a\nb\n".utf8), "labels.txt")
    return "\(folder.path)/two.onnx"
  }

  private func engine() throws -> Engine {
    let target = LocalTarget(
      executable: Self.agent, arguments: [], lockPath: "\(folder.path)/lock", takesRuntime: true)
    return try Engine(
      model: .file(
        model(),
        ExpectationOptions(preprocessing: "0-1", labels: "\(folder.path)/labels.txt", output: "logits", card: nil)),
      data: DataSource(folder.images(["a": 12, "b": 8])), workspace: EngineWorkspace(folder.path + "/work"),
      backends: BackendRegistry([RuntimeBackend(.onnxRuntime, target: target)]))
  }

  @Test func aModelFileIsMeasuredOnTheItemsOfTheData() async throws {
    let run = try await engine().bench(
      ChosenOptions(given: ["processes": 3, "blocks": 2, "threads": 1], at: "bench"))
    #expect(run.manifest.status == .succeeded && run.manifest.backend.hasPrefix("onnxruntime"))
    #expect((run.manifest.figures["latency.median"] ?? 0) > 0)
    let path = try #require(run.path(of: "measurement"))
    let measured = try #require(try MeasurementFile(contentsOf: path).measurements.first).measurement
    #expect(measured.conditions.processes == 3 && measured.runtime.name == "onnxruntime")
    #expect(measured.latency.summary.median == run.manifest.figures["latency.median"])
    #expect(run.plan.value("bench.threads")?.origin == .given)
  }

  @Test func itIsJudgedOnTheTestItems() async throws {
    let run = try await engine().test(ChosenOptions(given: ["resamples": 0, "threads": 1], at: "test"))
    #expect(run.manifest.status == .succeeded)
    // The second class always wins.
    let counts = run.plan.data.counts
    #expect(run.manifest.itemCounts.ok == counts["test"])
    #expect((run.manifest.figures["accuracy"] ?? 1) < 1)
  }
}
