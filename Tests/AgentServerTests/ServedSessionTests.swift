// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import AgentServer
import Files
import Glibc
import FoundationEssentials
import Galley
import TargetProtocol
import Tensors
import Testing

/// The program that measures, beside the tests.
let agentProgram: String = {
  let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
  return URL(filePath: own).deletingLastPathComponent().appending(path: "galley-agent").path
}()

struct ServedSessionTests {
  let folder: TestFolder
  let context: AgentContext

  init() throws {
    folder = try TestFolder()
    // By this variable the test knows its own processes.
    context = try AgentContext(
      in: folder.path, program: WorkerProgram(executable: agentProgram, environment: ["GALLEY_TEST": folder.path]))
  }

  static func fixture(_ name: String) throws -> Data {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return try Data(contentsOf: tests.appending(path: "RuntimesTests/Fixtures/\(name)"))
  }

  private static func failure(_ body: () async throws -> Void) async -> RequestFailure? {
    await #expect(throws: RequestFailure.self) { try await body() }
  }

  /// Samples for a model of one input of four numbers.
  static func samples() throws -> Data {
    let values = try Tensor((0..<8).map { Float($0) / 8 }, shape: [2, 1, 4])
    return try Safetensors(
      tensors: ["x": values], metadata: ["format": "galley.samples/1", "inputs": "[\"x\"]"]
    ).serialized()
  }

  /// Loads a model for samples.
  private static func load(_ link: SessionLink) async throws -> UInt32 {
    let model = try await link.upload(try fixture("dense.onnx")).digest
    let samples = try await link.upload(try samples()).digest
    try await link.takeMachine()
    let worker = try await link.startWorker()
    let opened: OpenSamplesResult = try await link.ask(
      TargetMethod.openSamples, worker: worker, OpenSamplesParameters(path: "\(BlobPath(samples))"))
    #expect(opened.count == 2)
    let file = ModelFile(
      path: "\(BlobPath(model))", format: .onnx, digest: model, byteCount: try fixture("dense.onnx").count)
    let loaded: LoadResult = try await link.ask(
      TargetMethod.load, worker: worker,
      LoadParameters(model: file, runtime: IngredientChoice("onnxruntime", options: [:]), batch: 1))
    #expect(loaded.inputs.first?.name == "x")
    return worker
  }

  @Test func measuresAndRunsSingleInferences() async throws {
    let link = try SessionLink(1, context)
    let worker = try await Self.load(link)
    let block: BlockResult = try await link.ask(TargetMethod.block, worker: worker, BlockParameters(inferences: 20))
    #expect(block.durations.count == 20)
    let input = try Tensor([Float(1), 2, 3, 4], shape: [1, 4])
    let first = try await link.run(worker, [input])
    #expect(first.nanoseconds > 0 && first.outputs.first?.shape == [1, 3])
    // Runs and requests take turns, and other shapes are taken where the model takes them.
    let wide = try Tensor((0..<8).map { Float($0 % 4 + 1) }, shape: [2, 4])
    let second = try await link.run(worker, [wide]).outputs.first
    #expect(second?.shape == [2, 3] && second?.bytes.prefix(12) == first.outputs.first?.bytes.prefix(12))
    // The longest inputs and outputs that go through a pipe, the longest inputs in the memory that is there at first, and
    // the longest outputs that are written at once; each with what is just too long.
    for rows in [125, 126, 167, 168, 4095, 4096, 2727, 2728] {
      let long = try Tensor((0..<4 * rows).map { Float($0 % 4 + 1) }, shape: [rows, 4])
      let outputs = try #require(try await link.run(worker, [long]).outputs.first)
      let row: [Float] = try #require(first.outputs.first).values()
      let values: [Float] = try outputs.values()
      #expect(outputs.shape == [rows, 3])
      // Other numbers of rows may be added up in another order.
      #expect(values.enumerated().allSatisfy { abs($1 - row[$0 % 3]) < 1e-4 })
    }
    let again: BlockResult = try await link.ask(TargetMethod.block, worker: worker, BlockParameters(inferences: 3))
    #expect(again.durations.count == 3)
    #expect(try await link.run(worker, [input]).outputs == first.outputs)
    let misfit = await Self.failure { _ = try await link.run(worker, [input, input]) }
    #expect(misfit?.why == "2 inputs were given, and the model has 1")
    let outputs: WriteOutputsResult = try await link.ask(
      TargetMethod.writeOutputs, worker: worker, WriteOutputsParameters(path: BlobPath.fresh))
    let bytes = try await link.download(outputs.digest)
    #expect(Digest(of: bytes) == outputs.digest && outputs.ids == ["0", "1"])
  }

  @Test func refusesWhatItCantDo() async throws {
    let link = try SessionLink(1, context)
    await link.waiters.wait { $0.isReady }
    let noTurn = await Self.failure { _ = try await link.startWorker() }
    #expect(noTurn?.code == .noTurn)
    try await link.takeMachine()
    let unknown = await Self.failure {
      let _: NoParameters = try await link.ask("measure.blok", worker: 1)
    }
    #expect(unknown?.code == .unknownMethod && unknown?.remedy == "Did you mean 'measure.block'?")
    let hidden = await Self.failure { let _: NoParameters = try await link.ask("runs.serve", worker: 1) }
    #expect(hidden?.code == .unknownMethod)
    let absent = await Self.failure {
      let _: ResourceReport = try await link.ask(TargetMethod.resources, worker: 7)
    }
    #expect(absent?.code == .noWorker)
    let worker = try await link.startWorker()
    for path in ["/etc/passwd", "blob:../x", "", "blob:", "blob:\(Digest(of: "x").hex.uppercased())"] {
      let failure = await Self.failure {
        let _: OpenSamplesResult = try await link.ask(
          TargetMethod.openSamples, worker: worker, OpenSamplesParameters(path: path))
      }
      #expect(failure?.code == .badPath)
    }
    let outputs = await Self.failure {
      let _: WriteOutputsResult = try await link.ask(
        TargetMethod.writeOutputs, worker: worker, WriteOutputsParameters(path: "/tmp/x"))
    }
    #expect(outputs?.code == .badPath)
    let bad = await Self.failure {
      let _: BlockResult = try await link.ask(TargetMethod.block, worker: worker, ["inferences": "many"])
    }
    #expect(bad?.code == .badParameters && bad?.why.contains("inferences") == true)
    let damaged = try await link.upload(Data("no samples".utf8)).digest
    let failure = await Self.failure {
      let _: OpenSamplesResult = try await link.ask(
        TargetMethod.openSamples, worker: worker, OpenSamplesParameters(path: "\(BlobPath(damaged))"))
    }
    #expect(failure?.code == .failed && failure?.place == "\(BlobPath(damaged))")
  }

  @Test func aModelThatLeavesTakesItsNamesAlong() async throws {
    let folder = try TestFolder()
    let context = try AgentContext(
      in: folder.path, program: WorkerProgram(executable: agentProgram), blobQuota: 8192)
    let link = try SessionLink(1, context)
    _ = try await Self.load(link)
    func names() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/store/named")
    }
    #expect(try names().count == 1)
    link.cut()
    await link.waiters.wait { $0.agentHasEnded }
    let other = try SessionLink(2, context)
    _ = try await other.upload(Data(count: 8192))
    #expect(try names().isEmpty)
  }

  @Test func hostsTakeTurns() async throws {
    let (first, second) = (try SessionLink(1, context), try SessionLink(2, context))
    try await first.takeMachine()
    await second.waiters.wait { $0.isReady }
    let stream = try await second.begin(SessionMethod.acquireTurn)
    await second.waiters.wait { $0.events(of: stream).contains(.position(0)) }
    let _: NoParameters = try await first.ask(SessionMethod.releaseTurn)
    let _: NoParameters = try await second.answer(to: stream)
    // A host that is cut gives the machine back.
    try await second.takeMachine()
    let waiting = try await first.begin(SessionMethod.acquireTurn)
    second.cut()
    let _: NoParameters = try await first.answer(to: waiting)
  }

  @Test func aKilledProcessHarmsNobodyElse() async throws {
    let link = try SessionLink(1, context)
    let worker = try await Self.load(link)
    let other = try await link.startWorker()
    let resources: ResourceReport = try await link.ask(TargetMethod.resources, worker: worker)
    #expect(resources.residentBytes > 0)
    // The one that was started last.
    let process = try #require(try Self.processes(of: folder.path).last)
    kill(process, SIGKILL)
    while try Self.processes(of: folder.path).contains(process) { try await Task.sleep(for: .milliseconds(5)) }
    let failure = await Self.failure {
      let _: ResourceReport = try await link.ask(TargetMethod.resources, worker: other)
    }
    #expect(failure?.code == .workerEnded && failure?.why.contains("SIGKILL") == true)
    let again = await Self.failure { _ = try await link.run(other, [try Tensor([Float(1)], shape: [1])]) }
    #expect(again?.code == .workerEnded)
    let _: NoParameters = try await link.ask(SessionMethod.stopWorker, worker: other)
    #expect(try await link.run(worker, [try Tensor([Float(1), 2, 3, 4], shape: [1, 4])]).nanoseconds > 0)
  }

  /// The measuring processes of a test.
  static func processes(of folder: String) throws -> [Int32] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { Int32($0) }.filter { number in
      let variables = (try? Data(contentsOf: URL(filePath: "/proc/\(number)/environ"))) ?? Data()
      return String(decoding: variables, as: UTF8.self).split(separator: "\0").contains("GALLEY_TEST=\(folder)")
    }.sorted()
  }
}
