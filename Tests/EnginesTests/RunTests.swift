// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Engines
import Files
import Foundation
import Galley
import Synchronization
import Testing

@Suite struct RunTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func engine(
    isHere: Bool = true, _ script: @escaping ScriptedBackend.Script
  ) throws -> Engine {
    var backend = ScriptedBackend("scripted", script: script)
    backend.isHere = isHere
    let registry = try BackendRegistry([backend])
    return try Engine(
      model: ModelSource("small-convnet", among: registry), data: DataSource(folder.images(["a": 9, "b": 9])),
      workspace: EngineWorkspace(folder.path + "/work"), backends: registry)
  }

  private func only(_ engine: Engine) throws -> RunManifest {
    let runs = engine.workspace.runs()
    #expect(runs.count == 1)
    return try #require(runs.first)
  }

  private var latest: String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: folder.path + "/work/latest")
  }

  @Test func successIsWrittenDownWithAllThatIsNeededToRepeatIt() async throws {
    let seen = Seen()
    let engine = try engine { request, events in
      seen.request = request
      events.send(.started(.train, total: 2, unit: "steps"))
      let path = "\(request.folder)/best.safetensors"
      try AtomicFile.write(Data("weights".utf8), to: path)
      let digest = Digest(of: "weights")
      return VerbResult(
        status: .succeeded, files: ["checkpoint": .init(path: path, digest: digest, byteCount: 7)],
        figures: ["accuracy": 0.5], tools: ["libtorch": "2.13.0"])
    }
    let run = try await engine.train(ChosenOptions())
    let manifest = try only(engine)
    #expect(manifest == run.manifest)
    #expect(manifest.status == .succeeded && manifest.reason == nil)
    #expect(manifest.files["checkpoint"]?.path == "outputs/best.safetensors")
    #expect(run.path(of: "checkpoint").map(FileManager.default.fileExists) == true)
    #expect(manifest.seeds == ["data.splitSeed": 2026, "train.seed": 2026])
    #expect(manifest.tools["libtorch"] == "2.13.0" && manifest.tools["galley"] != nil)
    #expect(try Digest(ofFileAt: "\(run.folder)/options.json") == manifest.options)
    #expect(try Digest(ofFileAt: "\(run.folder)/plan.json") == manifest.plan)
    #expect(latest == "runs/\(manifest.id)")
    let request = try #require(seen.request)
    #expect(request.folder == "\(run.folder)/outputs")
    #expect(try Digest(ofFileAt: request.data.path) == request.data.digest)
    guard case .train(let options) = request.work else { throw TestFailure() }
    #expect(options.batchSize != nil && options.epochs != nil && options.learningRate != nil && options.threads != nil)
    let lines = try String(contentsOfFile: "\(run.folder)/events.jsonl", encoding: .utf8).split(separator: "\n")
    #expect(lines.first?.contains("\"started\"") == true && lines.last?.contains("\"finished\"") == true)
  }

  @Test func planAndOptionsAreThereBeforeTheWork() async throws {
    let engine = try engine { request, _ in
      let run = URL(filePath: request.folder).deletingLastPathComponent().path
      for name in ["plan.json", "options.json", "manifest.json"] {
        guard FileManager.default.fileExists(atPath: "\(run)/\(name)") else { throw TestFailure() }
      }
      return VerbResult(status: .succeeded)
    }
    #expect(try await engine.train(ChosenOptions()).manifest.status == .succeeded)
  }

  @Test func failureKeepsTheReasonAndLeavesLatestAlone() async throws {
    let engine = try engine { _, _ in
      throw GalleyError(.badData, "can't train", at: "item 7", why: "the loss is NaN")
    }
    await #expect(throws: GalleyError.self) { try await engine.train(ChosenOptions()) }
    let manifest = try only(engine)
    #expect(manifest.status == .failed && manifest.exitCode == .badData)
    #expect(manifest.reason?.contains("the loss is NaN") == true && manifest.ended != nil)
    #expect(latest == nil)
  }

  @Test func anUnexpectedErrorFailsTheRunToo() async throws {
    let engine = try engine { _, _ in throw TestFailure() }
    let error = await #expect(throws: GalleyError.self) { try await engine.train(ChosenOptions()) }
    #expect(error?.exitCode == .software)
    #expect(try only(engine).status == .failed)
  }

  @Test func partsThatFailMakeItPartial() async throws {
    let engine = try engine { _, _ in
      VerbResult(status: .partial, itemCounts: .init(ok: 8, failed: 1))
    }
    let run = try await engine.test(ChosenOptions())
    #expect(run.manifest.status == .partial && run.manifest.exitCode == .partial)
    #expect(run.manifest.itemCounts == .init(ok: 8, failed: 1))
    #expect(latest == nil)
  }

  @Test func cancellingTheTaskCancelsTheRun() async throws {
    let engine = try engine { _, events in
      events.send(.started(.train, total: nil, unit: "steps"))
      try await Task.sleep(for: .seconds(600))
      return VerbResult(status: .succeeded)
    }
    let events = engine.events
    let task = Task { try await engine.train(ChosenOptions()) }
    for await event in events { if case .started = event { break } }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(try only(engine).status == .cancelled)
  }

  @Test func aCallbackStopsTheRunWithoutAnError() async throws {
    let engine = try engine { _, events in
      for step in 1... {
        try Task.checkCancellation()
        events.send(.step(StepReport(epoch: 1, step: step, total: 9, loss: .nan, learningRate: 0.1)))
      }
      return VerbResult(status: .succeeded)
    }
    let run = try await engine.train(ChosenOptions()) { event in
      if case .step(let report) = event, report.step == 3 { .stop } else { .goOn }
    }
    #expect(run.manifest.status == .cancelled)
    #expect(run.manifest.reason == "a callback asked to stop")
    let log = try String(contentsOfFile: "\(run.folder)/events.jsonl", encoding: .utf8)
    #expect(log.contains("\"nan\""))
  }

  @Test func aBackendThatIsNotHereIsRefusedBeforeAnythingIsWritten() async throws {
    let engine = try engine(isHere: false) { _, _ in VerbResult(status: .succeeded) }
    let error = await #expect(throws: GalleyError.self) { try await engine.train(ChosenOptions()) }
    #expect(error?.exitCode == .unavailable && error?.why.contains("not installed") == true)
    #expect(engine.workspace.runs().isEmpty)
    let plan = try await engine.plan(.train(ChosenOptions()))
    #expect(plan.warnings.contains { $0.contains("not installed") })
  }

  @Test func everyListenerSeesEveryEvent() async throws {
    let engine = try engine { _, events in
      for step in 1...50 {
        events.send(.step(StepReport(epoch: 1, step: step, total: 50, loss: 1, learningRate: 0.1)))
      }
      return VerbResult(status: .succeeded)
    }
    func steps(_ events: AsyncStream<EngineEvent>) async -> [Int] {
      var steps: [Int] = []
      for await event in events {
        if case .step(let report) = event { steps.append(report.step) }
        if case .finished = event { break }
      }
      return steps
    }
    let (first, second) = (engine.events, engine.events)
    async let one = steps(first)
    async let two = steps(second)
    _ = try await engine.train(ChosenOptions())
    #expect(await one == Array(1...50))
    #expect(await two == Array(1...50))
  }

  @Test func aRunIsResumedByItsName() async throws {
    let seen = Seen()
    let engine = try engine { request, _ in
      seen.request = request
      return VerbResult(status: .succeeded)
    }
    let first = try await engine.train(ChosenOptions())
    let stored = try engine.workspace.request(of: first.manifest)
    #expect(stored.model == engine.model && stored.data == engine.data)
    guard case .train(let options) = stored.work else { throw TestFailure() }
    _ = try await engine.train(options.giving("resume", .string(first.manifest.id), at: "train"))
    guard case .train(let resumed) = try #require(seen.request).work else { throw TestFailure() }
    #expect(resumed.resume == "\(first.folder)/outputs")
    // What the first plan chose is chosen again, on a machine that would suggest something else too.
    let other = try Engine(
      model: engine.model, data: engine.data, workspace: engine.workspace, backends: engine.backends,
      machine: EngineMachine(cores: 61, memoryBytes: 1 << 30))
    let plan = try await other.plan(.train(options.giving("resume", .string(first.folder), at: "train")))
    for value in first.plan.values where value.origin == .automatic {
      #expect(plan.value(value.path)?.value == value.value, "\(value.path)")
    }
    #expect(plan.value("train.threads")?.reason == "the run that goes on has it")
  }

  @Test func runsAreFoundByTheBeginningOfTheirIds() async throws {
    let engine = try engine { _, _ in VerbResult(status: .succeeded) }
    let run = try await engine.train(ChosenOptions())
    #expect(try engine.workspace.run(String(run.manifest.id.dropLast(2))).id == run.manifest.id)
    #expect(try engine.workspace.run(run.folder + "/").id == run.manifest.id)
    let error = #expect(throws: GalleyError.self) { try engine.workspace.run("1999") }
    #expect(error?.remedy?.contains(run.manifest.id) == true)
  }
}

struct TestFailure: Error {}
