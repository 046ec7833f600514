// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Measuring
import RemoteTargets
import Runtimes
import Statistics
import Synchronization
import TargetProtocol
import TargetTransport
import Targets
import Tensors
import Testing
import TransportSupport

private let canMeasure: Bool = {
  guard case .available = ONNXRuntime.availability() else { return false }
  return FileManager.default.isExecutableFile(atPath: AgentProgram.executable)
}()

/// What was said, from any thread.
private final class Words: Sendable {
  private let words = Mutex<[String]>([])
  var all: [String] { words.withLock { $0 } }
  func add(_ word: String) { words.withLock { $0.append(word) } }
}

/// Measuring through the agent's program, which is a process of its own.
@Suite(
  .serialized, .timeLimit(.minutes(20)),
  .enabled(if: canMeasure, "libonnxruntime or galley-agent is missing: run make setup"))
struct RemoteTargetTests: Sendable {
  func data(_ place: TransportPlace) throws -> String {
    let path = "\(place.folder)/data.safetensors"
    let pixels = (0..<40 * 4).map { UInt8(($0 * 37) % 256) }
    let items = try LabeledItems(
      ids: (0..<40).map { "item \($0)" }, inputs: Tensor(pixels, shape: [40, 1, 1, 4]),
      classes: (0..<40).map { $0 % 3 }, labels: ["a", "b", "c"])
    try PreparedData(subsets: [.test: items], preprocessing: Preprocessing(layout: .nhwc, scale: 1 / 255))
      .write(to: path)
    return path
  }

  func model() throws -> ModelFile {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try ModelFile(at: tests.appending(path: "RuntimesTests/Fixtures/dense.onnx").path, format: .onnx)
  }

  func subject(_ name: String, _ model: ModelFile? = nil) throws -> MeasurementSubject {
    MeasurementSubject(
      name: name, model: try model ?? self.model(), precision: "float32",
      runtime: try IngredientChoice(ONNXRuntime.self, .init()))
  }

  func plan(_ data: String, processes: Int = 3, blocks: Int = 4) -> MeasurementPlan {
    MeasurementPlan(
      data: data, processes: processes, blocks: blocks,
      block: BlockRule(minimumRepetitions: 20, minimumSeconds: 0.001), seed: 5, maximumWarmUp: 0.3)
  }

  /// An agent gives a host ten seconds to say who it is, which may be short while many other tests run.
  func look(at declared: DeclaredTarget, as identity: Identity) async throws -> RemoteTarget {
    for _ in 0..<4 {
      if let target = try? await RemoteTarget.look(at: declared, as: identity) { return target }
    }
    return try await RemoteTarget.look(at: declared, as: identity)
  }

  @Test func anotherDeviceAtTheSameAddressIsRefused() async throws {
    let agent = try await AgentProgram()
    let target = try await look(at: try agent.target(secure: true), as: agent.place.host)
    #expect(target.capabilities.device != nil && target.capabilities.version == galleyVersion.description)
    agent.kill()
    try FileManager.default.removeItem(atPath: "\(agent.state)/identity.pem")
    let other = try await AgentProgram(port: agent.port, in: agent.place)
    await #expect {
      _ = try await target.open(with: [], isAlone: true) { _ in }
    } throws: {
      ($0 as? GalleyError)?.why.contains("another certificate") == true
    }
    other.kill()
  }

  @Test(arguments: [true, false])
  func whatIsMeasuredThereIsWhatIsMeasuredHere(secure: Bool) async throws {
    let agent = try await AgentProgram()
    let data = try data(agent.place)
    let target = try await look(at: try agent.target(secure: secure), as: agent.place.host)
    #expect(target.capabilities.runtimes["onnxruntime"] != nil)
    let there = try await target.measure([subject("one"), subject("two")], plan: plan(data))
    let local = LocalTarget(
      executable: AgentProgram.executable, arguments: [], lockPath: agent.place.folder + "/lock", takesRuntime: true)
    let here = try await local.measure([subject("one"), subject("two")], plan: plan(data))
    #expect(there.map(\.subject.name) == ["one", "two"])
    for (there, here) in zip(there, here) {
      let (there, here) = (try there.outcome.get(), try here.outcome.get())
      #expect(there.predictions == here.predictions)
      #expect(there.measurement.quality == here.measurement.quality)
      #expect(there.measurement.model == here.measurement.model)
      #expect(there.measurement.runtime == here.measurement.runtime)
      #expect(there.measurement.conditions.dataDigest == here.measurement.conditions.dataDigest)
      #expect(there.measurement.environment.fingerprint == here.measurement.environment.fingerprint)
      #expect(there.measurement.environment.hardware == here.measurement.environment.hardware)
      #expect(there.durations.count == 3 && there.durations.allSatisfy { !$0.seconds.isEmpty })
      // The network takes longer than an inference of this model; it is in no figure.
      let medians = (there.measurement.latency.summary.median, here.measurement.latency.summary.median)
      #expect(medians.0 < 20 * medians.1, "\(medians)")
    }
  }

  @Test func aTargetIsNeverTakenForAnother() async throws {
    let (first, second) = (try await AgentProgram(), try await AgentProgram())
    let (one, other) = (
      try await look(at: try first.target(secure: true), as: first.place.host),
      try await look(at: try second.target(secure: true), as: second.place.host)
    )
    let renamed = try await look(
      at: try first.target(secure: true, named: "renamed"), as: first.place.host)
    #expect(one.fingerprint() != other.fingerprint())
    #expect(one.fingerprint() == renamed.fingerprint())
    #expect(one.fingerprint() != LocalTarget().fingerprint())
  }

  @Test func aSubjectThatFailsIsReportedAndTheOthersGoOn() async throws {
    let agent = try await AgentProgram()
    let target = try await look(at: try agent.target(secure: false), as: agent.place.host)
    var missing = try model()
    missing.path = agent.place.folder + "/missing.onnx"
    let garbage = try agent.place.write(Data("no model".utf8), as: "garbage.onnx")
    let results = try await target.measure(
      [
        subject("missing", missing), subject("good"),
        subject("garbage", ModelFile(at: garbage, format: .onnx)),
      ], plan: plan(data(agent.place), processes: 1))
    #expect(throws: GalleyError.self) { try results[0].outcome.get() }
    #expect(try results[1].outcome.get().predictions?.ids.count == 40)
    #expect(throws: GalleyError.self) { try results[2].outcome.get() }
  }

  @Test func outputsComeBack() async throws {
    let agent = try await AgentProgram()
    let target = try await look(at: try agent.target(secure: true), as: agent.place.host)
    let data = try data(agent.place)
    let runtime = try IngredientChoice(ONNXRuntime.self, .init())
    let path = agent.place.folder + "/outputs.safetensors"
    let there = try await target.predictOutputs(
      of: model(), runtime: runtime, data: data, subset: .test, ids: ["item 3", "item 1"], to: path)
    #expect(there.ids == ["item 3", "item 1"])
    #expect(try Digest(ofFileAt: path) == there.digest)
    let local = LocalTarget(
      executable: AgentProgram.executable, arguments: [], lockPath: agent.place.folder + "/lock", takesRuntime: true)
    let here = try await local.predictOutputs(
      of: model(), runtime: runtime, data: data, subset: .test, ids: ["item 3", "item 1"], to: path + "-here")
    #expect(here.digest == there.digest)
  }

  @Test func hostsTakeTurnsAndAreTold() async throws {
    let agent = try await AgentProgram()
    let target = try await look(at: try agent.target(secure: false), as: agent.place.host)
    let data = try data(agent.place)
    let waits = Words()
    try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<2 {
        group.addTask {
          let results = try await target.measure([subject("one")], plan: plan(data, processes: 2, blocks: 40)) {
            event in
            if case .waiting(let who) = event { waits.add(who) }
          }
          return try results[0].outcome.get().durations.count
        }
      }
      for try await count in group { #expect(count == 2) }
    }
    #expect(waits.all.contains { $0.contains("board") })
  }

  @Test func severalTargetsMeasureAtTheSameTime() async throws {
    let (first, second) = (try await AgentProgram(), try await AgentProgram())
    async let one: Void = measureOnce(first)
    async let other: Void = measureOnce(second)
    _ = try await (one, other)
  }

  private func measureOnce(_ agent: AgentProgram) async throws {
    let target = try await look(at: try agent.target(secure: true), as: agent.place.host)
    let results = try await target.measure([subject("one")], plan: plan(data(agent.place), processes: 1))
    _ = try results[0].outcome.get()
  }

  @Test func anAgentThatIsKilledEndsTheMeasurementWithTheReason() async throws {
    let agent = try await AgentProgram()
    let target = try await look(at: try agent.target(secure: true), as: agent.place.host)
    let data = try data(agent.place)
    await #expect {
      _ = try await target.measure([subject("one"), subject("two")], plan: plan(data, processes: 3, blocks: 400)) {
        event in
        if case .progress(let done, _, _) = event, done == 20 { agent.kill() }
      }
    } throws: { ($0 as? GalleyError)?.exitCode == .tryAgain }
  }

  @Test func anUploadGoesOnWithAnAgentThatCameBack() async throws {
    let agent = try await AgentProgram()
    let bytes = Data((0..<30_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 11) })
    let path = try agent.place.write(bytes, as: "large")
    let blob = Blob(digest: Digest(of: bytes), byteCount: UInt64(bytes.count))
    let client = try await AgentClient.connect(to: try agent.target(secure: true), as: agent.place.host)
    await #expect(throws: GalleyError.self) {
      _ = try await client.upload(path, blob) { sent in if sent > 20_000_000 { agent.kill() } }
    }
    let again = try await AgentProgram(port: agent.port, in: agent.place)
    let next = try await AgentClient.connect(to: try again.target(secure: true), as: again.place.host)
    let first = Mutex<UInt64?>(nil)
    #expect(try await next.upload(path, blob) { sent in first.withLock { $0 = $0 ?? sent } })
    #expect(first.withLock { $0 ?? 0 } > 1 << 20)
    #expect(try await !next.upload(path, blob))
    await next.leave()
  }

  @Test func aTargetIsLookedAt() async throws {
    let agent = try await AgentProgram()
    let check = try await TargetCheck.make(of: try agent.target(secure: true), as: agent.place.host)
    #expect(check.version == galleyVersion.description)
    #expect(check.roundTripSeconds > 0)
    #expect(abs(check.skewSeconds ?? .infinity) <= (check.skewUncertainty ?? 0) + 1)
    #expect(check.freeBytes ?? 0 > 0 && check.quotaBytes ?? 0 > 0)
    #expect(check.machine?.processorCount ?? 0 > 0)
    #expect(check.problems.allSatisfy { $0.what.contains("free") }, "\(check.problems)")
  }
}
