// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Comparisons
import Foundation
import Galley
import Glibc
import Measuring
import Runtimes
import TargetProtocol

/// Whole processes: from their start to the first inference, and their peak memory, against a C program.
struct ProcessComparison {
  var galley: String
  var peer: String
  var model: String
  var library: String
  var digits: DigitFiles

  private struct Reply<Value: Decodable>: Decodable { var result: Value }

  private struct Request<Parameters: Encodable>: Encodable {
    var jsonrpc = "2.0"
    var id: Int
    var method: String
    var params: Parameters
  }

  func firstInference() throws -> Finding {
    var pairs: [(galley: Double, peer: Double)] = []
    for round in 0..<25 {
      let start = MonotonicClock.nanoseconds
      let child = try ChildProgram(peer, ["first", library, model])
      guard child.line() != nil else { throw Failure("the C program failed") }
      let ofPeer = MonotonicClock.nanoseconds &- start
      child.finish()
      let galleyStart = MonotonicClock.nanoseconds
      let worker = try startWorker()
      let _: FirstInferenceResult = try ask(worker, 3, TargetMethod.firstInference, NoParameters())
      let ofGalley = MonotonicClock.nanoseconds &- galleyStart
      worker.finish()
      if round >= 3 { pairs.append((Double(ofGalley) * 1e-6, Double(ofPeer) * 1e-6)) }
    }
    return Finding("process start to first inference", unit: "ms", pairs: pairs, bound: 1.5)
  }

  func memory() throws -> Finding {
    let inferences = 20_000
    var pairs: [(galley: Double, peer: Double)] = []
    for _ in 0..<5 {
      let child = try ChildProgram(peer, ["memory", library, model, digits.flat, "\(inferences)"])
      _ = child.line()
      guard let text = child.line(), let ofPeer = Double(text) else { throw Failure("the C program failed") }
      child.finish()
      let worker = try startWorker()
      let _: FirstInferenceResult = try ask(worker, 3, TargetMethod.firstInference, NoParameters())
      let _: WarmUpResult = try ask(worker, 4, TargetMethod.warmUp, WarmUpParameters(maximumSeconds: 1))
      let _: BlockResult = try ask(worker, 5, TargetMethod.block, BlockParameters(inferences: inferences))
      let _: PredictResult = try ask(worker, 6, TargetMethod.predict, PredictParameters())
      let used: ResourceReport = try ask(worker, 7, TargetMethod.resources, NoParameters())
      worker.finish()
      pairs.append((Double(used.peakResidentBytes) / 1e6, ofPeer * 1024 / 1e6))
    }
    return Finding("peak memory of a measuring process", unit: "MB", pairs: pairs, bound: 20, kind: .difference)
  }

  func help() throws -> Finding {
    var pairs: [(galley: Double, peer: Double)] = []
    for round in 0..<25 {
      let start = MonotonicClock.nanoseconds
      let child = try ChildProgram(galley, ["--help"])
      child.finish()
      if round >= 3 { pairs.append((Double(MonotonicClock.nanoseconds &- start) * 1e-6, 1)) }
    }
    return Finding("galley --help", unit: "ms", pairs: pairs, bound: 25, kind: .absolute)
  }

  /// A measuring process with the digits and the model loaded.
  private func startWorker() throws -> ChildProgram {
    // The program that Galley itself measures with; see LocalTarget.
    let agent = URL(filePath: galley).deletingLastPathComponent().appending(path: "galley-agent").path
    let worker =
      FileManager.default.isExecutableFile(atPath: agent)
      ? try ChildProgram(agent, [ONNXRuntime.card.name]) : try ChildProgram(galley, ["worker", "measure"])
    let _: OpenDataResult = try ask(
      worker, 1, TargetMethod.openData, OpenDataParameters(path: digits.prepared, subset: .test))
    let load = LoadParameters(
      model: try ModelFile(at: model, format: .onnx), runtime: try IngredientChoice(ONNXRuntime.self, .init()), batch: 1
    )
    let _: LoadResult = try ask(worker, 2, TargetMethod.load, load)
    return worker
  }

  private func ask<Parameters: Encodable, Result: Decodable>(
    _ worker: ChildProgram, _ id: Int, _ method: String, _ parameters: Parameters
  ) throws -> Result {
    let request = try JSONEncoder().encode(Request(id: id, method: method, params: parameters))
    worker.send(String(decoding: request, as: UTF8.self))
    while let line = worker.line() {
      if let reply = try? JSONDecoder().decode(Reply<Result>.self, from: Data(line.utf8)) { return reply.result }
      if line.contains("\"error\"") { throw Failure("\(method): \(line)") }
    }
    throw Failure("\(method): no answer")
  }
}
