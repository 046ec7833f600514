// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Comparisons
import Files
import Foundation
import Galley
import Glibc
import Measuring
import RemoteTargets
import Statistics
import TargetProtocol
import Targets
import Tensors

/// A model with one input, and a sample for it.
struct BenchModel {
  let file: ModelFile
  let input: Tensor
  /// A file with the sample.
  let samples: String
  var name: String

  init(_ name: String, _ path: String, shape: [Int], in folder: String) throws {
    self.name = name
    file = try ModelFile(at: path, format: .onnx)
    let count = shape.reduce(1, *)
    input = try Tensor((0..<count).map { Float($0 % 251) / 251 }, shape: shape)
    samples = "\(folder)/\(URL(filePath: path).lastPathComponent).safetensors"
    let sample = try input.reshaped([1] + shape)
    _ = try SampleFile([SampleFile.Input(name: "images", values: sample)]).write(to: samples)
  }

  static func all(_ programs: Programs, in folder: String) throws -> [BenchModel] {
    [
      try BenchModel("digits", "\(programs.models)/digits-mlp.onnx", shape: [1, 1, 8, 8], in: folder),
      try BenchModel("150 kB", "\(programs.models)/picture.onnx", shape: [1, 3, 112, 112], in: folder),
    ]
  }

  /// How the model is run everywhere.
  static let runtime = IngredientChoice("onnxruntime", options: ["threads": .int(1)])

  /// Lets a measuring process load the model with the sample bound, and warm up.
  func prepare(_ process: any MeasuringProcess) async throws {
    let there = try await process.bring(NeededFile(samples))
    let _: OpenSamplesResult = try await process.call(TargetMethod.openSamples, OpenSamplesParameters(path: there))
    var model = file
    model.path = try await process.bring(NeededFile(file.path, digest: file.digest))
    let _: LoadResult = try await process.call(
      TargetMethod.load, LoadParameters(model: model, runtime: Self.runtime, batch: 1))
    let _: WarmUpResult = try await process.call(TargetMethod.warmUp, WarmUpParameters(maximumSeconds: 2))
  }

  /// The median of a turn of inferences, in microseconds.
  func block(_ process: any MeasuringProcess, _ inferences: Int) async throws -> Double {
    let result: BlockResult = try await process.call(TargetMethod.block, BlockParameters(inferences: inferences))
    return (Percentile.median(result.durations.nanoseconds.map { Double($0) }) ?? .nan) / 1000
  }
}

/// A request with one sample and its answer through the agent and its child process, beside a C server that relays frames
/// of the same lengths through a child process, and the inference as it is measured without any of that.
struct RoundTrips {
  var programs: Programs
  var folder: String
  var rounds = 60
  var trips = 200

  func run() async throws -> [Finding] {
    let agent = try ServedAgent(programs.agent, in: "\(folder)/trips")
    defer { agent.child.stop() }
    var findings: [Finding] = []
    for model in try BenchModel.all(programs, in: folder) {
      for isSecure in [false, true] { findings.append(try await compare(model, agent, isSecure)) }
    }
    return findings
  }

  private func compare(_ model: BenchModel, _ agent: ServedAgent, _ isSecure: Bool) async throws -> Finding {
    let local = try await localProcess()
    try await model.prepare(local)
    let client = try await agent.connect(isSecure: isSecure)
    let worker = try await load(model, client)
    let first = try await client.run([model.input], worker: worker)
    let peer = try RelayPeer(
      programs.peer, agent, isSecure: isSecure, request: 4 + EncodedTensors([model.input]).bytes.count,
      answer: 8 + EncodedTensors(first.outputs).bytes.count)
    defer { peer.stop() }
    var pairs: [(galley: Double, peer: Double)] = []
    var generator = SeededGenerator(seed: 5)
    for round in 0..<rounds + 3 {
      var pair = (galley: 0.0, peer: 0.0)
      for part in generator.shuffled([0, 1, 2]) {
        switch part {
        case 0: pair.galley = try await median(client, worker, model.input)
        case 1: pair.peer += try peer.median(trips)
        default: pair.peer += try await model.block(local, trips)
        }
      }
      if round >= 3 { pairs.append(pair) }
    }
    await client.leave()
    await local.stop()
    return Finding(
      "one sample, \(model.name)\(isSecure ? ", TLS" : "")", unit: "µs", pairs: pairs, bound: 1.5,
      repetitions: rounds * trips)
  }

  private func localProcess() async throws -> any MeasuringProcess {
    let target = LocalTarget(
      executable: programs.agent, arguments: [], lockPath: "\(folder)/local.lock", takesRuntime: true)
    let session = try await target.open(with: [], isAlone: false) { _ in }
    return try await session.start(runtime: BenchModel.runtime) { _ in }
  }

  private func load(_ model: BenchModel, _ client: AgentClient) async throws -> UInt32 {
    let _: NoParameters = try await client.call(SessionMethod.acquireTurn, NoParameters())
    let started: StartWorkerResult = try await client.call(
      SessionMethod.startWorker, StartWorkerParameters(runtime: BenchModel.runtime.name))
    try await model.prepare(AgentProcess(client: client, worker: started.worker))
    return started.worker
  }

  /// The median of a turn of round trips, in microseconds.
  private func median(_ client: AgentClient, _ worker: UInt32, _ input: Tensor) async throws -> Double {
    let durations = try await client.closely {
      var durations: [Double] = []
      durations.reserveCapacity(trips)
      for _ in 0..<trips {
        let start = MonotonicClock.nanoseconds
        _ = try await client.run([input], worker: worker)
        durations.append(Double(MonotonicClock.nanoseconds &- start))
      }
      return durations
    }
    return (Percentile.median(durations) ?? .nan) / 1000
  }
}

/// A measuring process of the agent, whose number this program knows.
private struct AgentProcess: MeasuringProcess {
  let client: AgentClient
  let worker: UInt32

  func call<Parameters: Encodable & Sendable, Result: Decodable & Sendable>(
    _ method: String, _ parameters: Parameters
  ) async throws -> Result {
    try await client.call(method, worker: worker, parameters)
  }

  func bring(_ file: NeededFile) async throws -> String {
    let blob = try Blob(ofFile: file.path)
    _ = try await client.upload(file.path, blob)
    return BlobPath(blob.digest).description
  }

  func fresh(_ path: String) -> String { BlobPath.fresh }
  func take(_ digest: Digest, to path: String) async throws { try await client.fetch(digest, to: path) }
  var processID: Int32? { nil }
  func stop() async {}
}

/// The C server that relays, and its C client.
private final class RelayPeer {
  private let server: ChildProgram
  private let client: ChildProgram

  init(_ program: String, _ agent: ServedAgent, isSecure: Bool, request: Int, answer: Int) throws {
    let place = isSecure ? "tls:0" : "unix:\(agent.folder)/relay.sock"
    unlink("\(agent.folder)/relay.sock")
    server = try ChildProgram(program, ["relay", place] + (isSecure ? [agent.identity] : []))
    guard let port = server.line() else { throw Failure("the C relay didn't begin") }
    client = try ChildProgram(program, ["ask", isSecure ? "tls:\(port)" : place, "\(request)", "\(answer)"])
  }

  /// The median of a turn of round trips, in microseconds.
  func median(_ trips: Int) throws -> Double {
    client.send("\(trips)")
    guard let line = client.line(), let nanoseconds = Double(line) else { throw Failure("the C client failed") }
    return nanoseconds / 1000
  }

  func stop() {
    client.finish()
    server.stop()
  }
}
