// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Adapters
import Foundation
import Galley
import PeerSupport
import Platform
import Testing

/// The examples in Python that a user can copy, on data that nobody here drew.
@Suite(.serialized, .enabled(if: PeerPython().finds("numpy", "sklearn", "onnxruntime", "torch", "PIL")))
struct ExampleAdapterTests {
  private func start(_ file: String) async throws -> PythonAdapter {
    let root = PeerPython.root
    let package = root.appending(path: "Sources/Workers/Python").path
    return try await PythonAdapter.start(
      HostProgram(
        executable: PeerPython().executable.path,
        arguments: ["-B", "-u", "-m", "galley.worker", root.appending(path: "Examples/adapters/\(file)").path],
        environment: ["PYTHONPATH": package, "PYTHONSAFEPATH": "1"], name: file))
  }

  private func used<Result>(
    _ adapter: PythonAdapter, _ body: (PythonAdapter) async throws -> Result
  ) async throws -> Result {
    do {
      let result = try await body(adapter)
      await adapter.stop()
      return result
    } catch {
      await adapter.stop()
      throw error
    }
  }

  private func judge(
    _ file: String, on dataset: String, in home: TemporaryStore, configuration: [String: ConfigurationValue] = [:]
  ) async throws -> EvaluationReport {
    let adapter = try await start(file)
    var change = ModelChange()
    change.dataset = dataset
    change.outputType = adapter.card.outputType.rawValue
    change.subsets = TemporaryStore.subsets()
    change.configuration = JSONObject(configuration)
    try home.store.createModel(file, change)
    let training = try await used(adapter) { adapter in
      try await AdaptedModel(file, in: home.store, adapter: adapter).trainModel()
    }
    #expect(!training.model.artifacts.isEmpty && training.model.status == .trained)
    // Another process takes up what was saved.
    let report = try await used(try await start(file)) { adapter in
      try await AdaptedModel(file, in: home.store, adapter: adapter).evaluateModel()
    }
    #expect(report.leftOut == 0)
    #expect(!(try home.store.metrics(ofModel: file)).isEmpty)
    return report
  }

  @Test(arguments: ["sklearn_adapter.py", "onnxruntime_adapter.py", "pytorch_adapter.py", "dtlpy_adapter.py"])
  func anExampleLearnsDigits(_ file: String) async throws {
    let home = try TemporaryStore()
    _ = try home.digits()
    let report = try await judge(file, on: "digits", in: home)
    #expect(report.predictions?.counts.ok == 119)
    #expect((report.figures["hits"] ?? 0) > 95, "\(file): \(report.figures)")
  }

  @Test(arguments: ["sklearn_adapter.py", "onnxruntime_adapter.py", "pytorch_adapter.py"])
  func anExampleLearnsShapes(_ file: String) async throws {
    let home = try TemporaryStore()
    try home.shapes(250, asClasses: true)
    let report = try await judge(file, on: "shapes", in: home)
    #expect(report.predictions?.counts.ok == 50)
    // A quarter of 50 would be chance; chance has 25 and more once in 8,000 times.
    #expect((report.figures["hits"] ?? 0) >= 25, "\(file): \(report.figures)")
  }

  @Test func theDetectorFindsShapes() async throws {
    let home = try TemporaryStore()
    try home.shapes(250)
    let report = try await judge("shapes_detector.py", on: "shapes", in: home, configuration: ["epochs": 12])
    #expect(report.predictions?.counts.ok == 50)
    #expect((report.figures["ap50"] ?? 0) > 0.1, "\(report.figures)")
  }
}
