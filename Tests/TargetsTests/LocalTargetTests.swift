// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import Measuring
import Runtimes
import Statistics
import Synchronization
import Targets
import Tensors
import Testing

private let galley: String = {
  let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  return URL(filePath: executable).deletingLastPathComponent().appending(path: "galley").path
}()

private let canMeasure: Bool = {
  guard case .available = ONNXRuntime.availability() else { return false }
  return FileManager.default.isExecutableFile(atPath: galley)
}()

@Suite("The local target", .enabled(if: canMeasure, "libonnxruntime or the galley program is missing: run make setup"))
struct LocalTargetTests {
  let folder: TemporaryFolder
  let target: LocalTarget
  let data: String
  let ids: [String]

  init() throws {
    folder = try TemporaryFolder()
    target = LocalTarget(executable: galley, lockPath: folder.path + "/lock")
    data = folder.path + "/data.safetensors"
    let pixels = (0..<40 * 4).map { UInt8(($0 * 37) % 256) }
    ids = (0..<40).map { "item \($0)" }
    let items = try LabeledItems(
      ids: ids, inputs: Tensor(pixels, shape: [40, 1, 1, 4]), classes: (0..<40).map { $0 % 3 }, labels: ["a", "b", "c"])
    try PreparedData(subsets: [.test: items], preprocessing: Preprocessing(layout: .nhwc, scale: 1 / 255))
      .write(to: data)
  }

  private func model() throws -> ModelFile {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try ModelFile(at: tests.appending(path: "RuntimesTests/Fixtures/dense.onnx").path, format: .onnx)
  }

  private func subject(_ name: String, _ model: ModelFile? = nil) throws -> MeasurementSubject {
    MeasurementSubject(
      name: name, model: try model ?? self.model(), precision: "float32",
      runtime: try IngredientChoice(ONNXRuntime.self, .init()))
  }

  private func plan(processes: Int = 3) -> MeasurementPlan {
    MeasurementPlan(
      data: data, processes: processes, blocks: 4, block: BlockRule(minimumRepetitions: 20, minimumSeconds: 0.001),
      seed: 5, maximumWarmUp: 0.3)
  }

  @Test func `measures several models in several processes each`() async throws {
    let results = try await target.measure([subject("one"), subject("two")], plan: plan())
    #expect(results.map(\.subject.name) == ["one", "two"])
    for result in results {
      let measured = try result.outcome.get()
      let measurement = measured.measurement
      #expect(measurement.latency.processMedians.count == 3 && measurement.conditions.processes == 3)
      #expect(measurement.latency.summary.count == 3 * 4 * measurement.conditions.inferencesPerBlock)
      #expect(
        measured.durations.map(\.count) == [Int](repeating: 4 * measurement.conditions.inferencesPerBlock, count: 3))
      #expect(measurement.latency.medianInterval.method == "t-between-processes")
      #expect(measurement.conditions.interleavedWith == [try model().digest])
      #expect(try measurement.conditions.dataDigest == Digest(ofFileAt: data))
      #expect(measurement.stream?.queries == measurement.latency.summary.count)
      #expect(measurement.runtime.name == "onnxruntime" && measurement.runtime.libraryDigest != nil)
      #expect(measurement.resources.peakResidentBytes.count == 3)
      #expect(measurement.phases.load.count == 3 && measurement.phases.endToEnd?.count == 3 * 40)
      #expect(measurement.quality?.itemCount == 40 && measured.predictions?.ids == ids)
      #expect(!measurement.verdict.marks.contains { $0.contains("answers") || $0.contains("Only") })
    }
  }

  @Test func `a subject that fails is reported and the others go on`() async throws {
    var missing = try model()
    missing.path = folder.path + "/missing.onnx"
    let failures = Mutex<[String]>([])
    let results = try await target.measure([subject("missing", missing), subject("good")], plan: plan(processes: 1)) {
      if case .failed(let name, _) = $0 { failures.withLock { $0.append(name) } }
    }
    guard case .failure(let error) = results[0].outcome else {
      Issue.record("a missing model was measured")
      return
    }
    #expect(error.exitCode == .missingInput && error.place == missing.path)
    #expect(failures.withLock { $0 } == ["missing"])
    let measured = try results[1].outcome.get()
    #expect(measured.measurement.verdict.isClean == false)
    #expect(measured.measurement.verdict.marks.contains { $0.hasPrefix("Only 1 of at least 3") })
    #expect(measured.measurement.latency.medianInterval.method == "bootstrap-percentile")
  }

  @Test func `a program that ends at once is a subject's failure`() async throws {
    let broken = LocalTarget(executable: "/bin/false", arguments: [], lockPath: folder.path + "/lock")
    let results = try await broken.measure([subject("one")], plan: plan(processes: 1))
    #expect(throws: GalleyError.self) { try results[0].outcome.get() }
  }

  @Test func `a measuring process that is killed costs its subject and no other`() async throws {
    // The first process that is started is killed a while later, whatever it does then.
    let script = folder.path + "/galley.sh"
    let text = """
      #!/bin/sh
      if mkdir "\(folder.path)/first" 2>/dev/null; then (sleep 0.3; kill -KILL $$) <&- >&- 2>&- & fi
      exec "\(galley)" "$@"
      """
    try text.write(toFile: script, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: script)
    var plan = plan(processes: 1)
    plan.blocks = 400
    let results = try await LocalTarget(executable: script, lockPath: folder.path + "/lock")
      .measure([subject("killed"), subject("spared")], plan: plan)
    let error = #expect(throws: GalleyError.self) { try results[0].outcome.get() }
    #expect(error?.why.contains("SIGKILL") == true)
    let spared = try results[1].outcome.get()
    #expect(spared.measurement.conditions.interleavedWith.isEmpty && spared.predictions?.ids == ids)
  }

  @Test func `stops when the task is cancelled`() async throws {
    let task = Task { [target] in
      var plan = plan()
      plan.blocks = 100_000
      return try await target.measure([subject("one")], plan: plan)
    }
    try await Task.sleep(for: .milliseconds(300))
    task.cancel()
    await #expect(throws: CancellationError.self) { _ = try await task.value }
  }

  @Test func `observes ranges and writes outputs in a child process`() async throws {
    let runtime = try IngredientChoice(ONNXRuntime.self, .init(graphOptimization: .none))
    let observer = target.activationObserver(data: data, subset: .test, ids: Array(ids.prefix(9)), runtime: runtime)
    #expect(observer.itemIDs.count == 9)
    let range = try #require(try await observer.ranges(ofOutputsOf: model().path)["y"])
    let path = folder.path + "/outputs.safetensors"
    let written = try await target.predictOutputs(
      of: model(), runtime: runtime, data: data, subset: .test, ids: Array(ids.prefix(9)), batch: 4, to: path)
    #expect(written.ids == Array(ids.prefix(9)))
    let values = try Safetensors(Data(contentsOf: URL(filePath: path))).tensor("y").values(as: Float.self)
    #expect(abs((values.min() ?? 0) - range.minimum) < 1e-5 && abs((values.max() ?? 0) - range.maximum) < 1e-5)
    let predictions = try await target.predict(with: model(), runtime: runtime, data: data, subset: .test)
    #expect(predictions.ids == ids)
  }

  @Test func `refuses plans that make no sense and data that isn't there`() async throws {
    var plan = plan()
    plan.blocks = 0
    await #expect(throws: GalleyError.self) { _ = try await target.measure([subject("one")], plan: plan) }
    await #expect(throws: GalleyError.self) {
      _ = try await target.measure([subject("one"), subject("one")], plan: self.plan())
    }
    plan = self.plan()
    plan.input = .items(path: "/nowhere/data", subset: .test)
    let error = await #expect(throws: GalleyError.self) { _ = try await target.measure([subject("one")], plan: plan) }
    #expect(error?.exitCode == .missingInput)
  }
}
