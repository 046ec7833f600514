// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import PeerSupport
import Tensors
import Testing
import Workers

extension BlockingTests {
  /// A runtime in Python that doubles, and refuses what isn't its own; with the peers' Python, which has NumPy.
  @Suite(.enabled(if: PeerPython().finds("numpy"))) struct RuntimeTests {
    private static let doubler = """
      import os, time
      import galley

      class Doubled(galley.CompiledModel):
          inputs = [galley.ValueSpec("x", "float32", [None, 3])]
          outputs = [galley.ValueSpec("y", "float32", [None, 3]), galley.ValueSpec("count", "int64", [])]
          configuration = {"threads": "1"}

          def run(self, inputs):
              import numpy
              if inputs["x"][0][0] == 77:
                  raise ValueError("77 is refused")
              if inputs["x"][0][0] == 88:
                  open(__file__ + ".sleeps", "w").close()
                  time.sleep(600)
              if inputs["x"][0][0] == 99:
                  os.kill(os.getpid(), 9)
              return {"y": inputs["x"] * 2, "count": numpy.int64(len(inputs["x"]))}

      class Doubler(galley.Runtime):
          "Doubles."
          taxonomy = "runtime.doubler"
          formats = ("onnx",)
          options = {"threads": galley.Option(1, "Threads.", minimum=1, maximum=64)}

          def availability(self):
              return "1.2", __file__

          def compile(self, path, format):
              if open(path).read() != "double":
                  raise ValueError("this is no model of mine")
              return Doubled()
      """

    private func runtime(_ bench: Workbench) async throws -> (WorkerRuntime, ModelFile) {
      try bench.write(Self.doubler, "doubler.py")
      let path = try bench.write("double", "model.onnx")
      let worker = try await WorkerRegister(home: bench.home).add(
        bench.program("doubler.py"), python: PeerPython().executable.path)
      let card = try #require(worker.cards(.runtime).first)
      let facts = try #require(worker.runtimes[card.taxonomy])
      #expect(facts.formats == [.onnx])
      let runtime = WorkerRuntime(
        WorkerRuntime.Options(offer: worker.offer(card, ["threads": 1]), facts: facts),
        launch: .success(try await worker.source.launch()))
      return (runtime, ModelFile(path: path, format: .onnx, digest: try Digest(ofFileAt: path), byteCount: 6))
    }

    private func floats(_ session: any InferenceSession, _ index: Int = 0) throws -> [Float] {
      try session.withOutput(index) { bytes, _ in Array(bytes.bindMemory(to: Float.self)) }
    }

    @Test func runsModelsThroughSharedMemory() async throws {
      let bench = try Workbench()
      defer { bench.remove() }
      let (runtime, file) = try await runtime(bench)
      #expect(runtime.ownCard.name == "doubler")
      guard case .available("1.2", let library) = runtime.ownAvailability() else {
        Issue.record("it is not available")
        return
      }
      #expect(library.hasSuffix("doubler.py"))
      let model = try runtime.compile(file)
      #expect(model.inputs.map(\.name) == ["x"] && model.outputs.map(\.name) == ["y", "count"])
      #expect(model.configuration["threads"] == "1")
      let (first, second) = (
        try model.makeSession(inputShapes: [[2, 3]]), try model.makeSession(inputShapes: [[1, 3]])
      )
      for round in 1...50 {
        let values = (0..<6).map { Float($0 * round) }
        try values.withUnsafeBytes { try first.setInput(0, $0) }
        try first.run()
        #expect(try floats(first) == values.map { $0 * 2 })
      }
      try [Float(1), 2, 3].withUnsafeBytes { try second.setInput(0, $0) }
      try second.run()
      #expect(try floats(second) == [2, 4, 6])
      let values = try model.run([.tensor(Tensor([Float](repeating: 4, count: 9), shape: [3, 3]))])
      #expect(values.first?.tensor == (try Tensor([Float](repeating: 8, count: 9), shape: [3, 3])))
      #expect(try values.last?.tensor?.values(as: Int64.self) == [3])
    }

    @Test func whatGoesWrongIsTold() async throws {
      let bench = try Workbench()
      defer { bench.remove() }
      let (runtime, file) = try await runtime(bench)
      let model = try runtime.compile(file)
      for shapes in [[[2, 4]], [[2]], [], [[1, 3], [1, 3]]] {
        #expect(throws: GalleyError.self) { try model.makeSession(inputShapes: shapes) }
      }
      let session = try model.makeSession(inputShapes: [[1, 3]])
      func run(_ first: Float) throws {
        try [first, 0, 0].withUnsafeBytes { try session.setInput(0, $0) }
        try session.run()
      }
      #expect(#expect(throws: GalleyError.self) { try run(77) }?.why.contains("77 is refused") == true)
      try run(1)
      // One that dies is one error, and the next run has a new process.
      #expect(#expect(throws: GalleyError.self) { try run(99) }?.exitCode == .unavailable)
      try run(2)
      #expect(try floats(session).first == 4)
      let cancel = session.cancellation
      let sign = "\(bench.folder)/doubler.py.sleeps"
      // A thread of its own: those of tasks may all wait for workers.
      Thread.detachNewThread {
        for _ in 0..<30_000 where !FileManager.default.fileExists(atPath: sign) { Thread.sleep(forTimeInterval: 0.01) }
        cancel()
      }
      #expect(throws: GalleyError.self) { try run(88) }
      try run(3)
      #expect(throws: GalleyError.self) { try [Float(1)].withUnsafeBytes { try session.setInput(0, $0) } }
      #expect(throws: GalleyError.self) { try session.withOutput(2) { _, _ in } }
      let other = try bench.write("other", "other.onnx")
      let error = #expect(throws: GalleyError.self) {
        try runtime.compile(ModelFile(path: other, format: .onnx, digest: Digest(of: "other"), byteCount: 5))
      }
      #expect(error?.why.contains("no model of mine") == true)
    }
  }

  @Suite struct LostRuntimeTests {
    @Test func aRuntimeWhosePythonIsGoneSaysSoWhenItIsUsed() throws {
      let program = WorkerProgram(path: "/nowhere/w.py")
      let card = Card(
        taxonomy: "runtime.lost", version: SemanticVersion(1, 0, 0), summary: "Has no Python.", options: [])
      let facts = RegisteredWorker.RuntimeFacts(formats: [.onnx], available: true)
      let gone = GalleyError(.unavailable, "can't find Python", at: "/nowhere/python", why: "there is no such program")
      let runtime = WorkerRuntime(
        WorkerRuntime.Options(
          offer: WorkerOffer(source: WorkerSource(program: program, home: "/nowhere"), card: card, options: [:]),
          facts: facts),
        launch: .failure(gone))
      #expect(
        runtime.ownAvailability() == .unavailable(reason: "there is no such program", searched: ["/nowhere/python"]))
      #expect(throws: gone) {
        try runtime.compile(ModelFile(path: "/m.onnx", format: .onnx, digest: Digest(of: ""), byteCount: 0))
      }
    }
  }

  @Suite struct OptimizerTests {
    private static let optimizer = """
      import json
      import galley

      class Noting(galley.ModelOptimizer):
          "Notes what was observed."
          taxonomy = "optimizer.noting"
          calibration_count = 7
          options = {"fails": galley.Option(False, "Whether it fails.")}

          def optimize(self, model, output, ranges):
              with open(output, "w") as file:
                  file.write(json.dumps(sorted(ranges.items())) + open(model["path"]).read())
              if self.fails:
                  raise ValueError("on purpose")
              return "int8", ["noted"]
      """

    private struct Observer: ActivationObserver {
      var itemIDs: [String] { ["a", "b"] }
      func ranges(ofOutputsOf path: String) async throws -> [String: ObservedRange] {
        ["y": ObservedRange(minimum: -1, maximum: 2.5)]
      }
    }

    @Test func optimizesWithWhatWasObserved() async throws {
      let bench = try Workbench()
      defer { bench.remove() }
      try bench.write(Self.optimizer, "noting.py")
      let path = try bench.write("model", "model.onnx")
      let worker = try await WorkerRegister(home: bench.home).add(bench.program("noting.py"))
      let card = try #require(worker.cards(.optimizer).first)
      #expect(worker.calibrationCounts == ["optimizer.noting": 7])
      let file = ModelFile(path: path, format: .onnx, digest: try Digest(ofFileAt: path), byteCount: 5)
      func optimizer(_ fails: Bool) -> WorkerOptimizer {
        WorkerOptimizer(
          WorkerOptimizer.Options(offer: worker.offer(card, ["fails": .bool(fails)]), calibrationCount: 7))
      }
      let output = "\(bench.folder)/out.onnx"
      let record = try await optimizer(false).optimize(file, to: output, calibration: Observer())
      #expect(record == OptimizationRecord(precision: "int8", notes: ["noted"]))
      #expect(try String(contentsOfFile: output, encoding: .utf8) == "[[\"y\", [-1.0, 2.5]]]model")
      try FileManager.default.removeItem(atPath: output)
      let error = await #expect(throws: GalleyError.self) {
        try await optimizer(true).optimize(file, to: output, calibration: nil)
      }
      #expect(error?.why.contains("on purpose") == true)
      #expect(!FileManager.default.fileExists(atPath: output))
      #expect(!FileManager.default.fileExists(atPath: output + ".between"))
    }
  }
}
