// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import CPeer
import Comparisons
import Foundation
import Galley
import Measuring
import Runtimes
import Statistics

/// Galley's measuring loop against a C loop, on the same session in the same process, in blocks that take turns.
struct LoopComparison {
  /// Runs so many times and stores each duration in nanoseconds; false if that fails.
  typealias PeerLoop = (_ count: Int, _ durations: inout [UInt64]) -> Bool

  var name: String
  var model: ModelFile
  var runtime: any Runtime
  var shape: [Int]
  var repetitions: Int
  var blocks: Int
  var bound: Double
  /// The C loop over a session.
  var peer: (any InferenceSession) -> PeerLoop?

  func run() throws -> Finding {
    let session = try runtime.compile(model).makeSession(inputShapes: [shape])
    guard let peer = peer(session) else { throw Failure("the session has no handles") }
    var log = DurationLog(capacity: repetitions)
    var durations = [UInt64](repeating: 0, count: repetitions)
    let median = { (values: [UInt64]) in Percentile.median(values.map { Double($0) }) ?? .nan }
    _ = try WarmUp(minimumNanoseconds: 300_000_000).run { try session.run() }
    var generator = SeededGenerator(seed: 7)
    var pairs: [(galley: Double, peer: Double)] = []
    for _ in 0..<blocks {
      var pair = (galley: 0.0, peer: 0.0)
      for isGalley in generator.shuffled([true, false]) {
        if isGalley {
          log.removeAll()
          try TimedLoop.run(repetitions, into: &log) { try session.run() }
          pair.galley = median(log.nanoseconds) / 1000
        } else {
          guard peer(repetitions, &durations) else { throw Failure("the C loop failed") }
          pair.peer = median(durations) / 1000
        }
      }
      pairs.append(pair)
    }
    return Finding(
      "latency, \(name)", unit: "µs", pairs: pairs, bound: bound, repetitions: blocks * repetitions)
  }
}

extension LoopComparison {
  /// Over ONNX Runtime.
  static func onnxRuntime(
    _ name: String, _ path: String, shape: [Int], repetitions: Int, blocks: Int, bound: Double
  ) throws -> LoopComparison {
    LoopComparison(
      name: name, model: try ModelFile(at: path, format: .onnx), runtime: try ONNXRuntime(.init()), shape: shape,
      repetitions: repetitions, blocks: blocks, bound: bound
    ) { session in
      ONNXRuntime.handles(of: session).map { handles in
        { peer_loop(handles.api, handles.session, handles.binding, $0, &$1) == 1 }
      }
    }
  }

  /// Over OpenVINO.
  static func openVINO(
    _ name: String, _ path: String, shape: [Int], repetitions: Int, blocks: Int, bound: Double
  ) throws -> LoopComparison {
    LoopComparison(
      name: "\(name) in OpenVINO", model: try ModelFile(at: path, format: .onnx), runtime: try OpenVINORuntime(.init()),
      shape: shape, repetitions: repetitions, blocks: blocks, bound: bound
    ) { session in
      OpenVINORuntime.handles(of: session).map { handles in
        { ov_peer_loop(handles.api, handles.request, $0, &$1) == 1 }
      }
    }
  }

  /// Over LiteRT.
  static func liteRT(
    _ name: String, _ path: String, shape: [Int], repetitions: Int, blocks: Int, bound: Double
  ) throws -> LoopComparison {
    LoopComparison(
      name: "\(name) in LiteRT", model: try ModelFile(at: path, format: .tflite), runtime: try LiteRTRuntime(.init()),
      shape: shape, repetitions: repetitions, blocks: blocks, bound: bound
    ) { session in
      LiteRTRuntime.handles(of: session).map { handles in
        // The C side takes plain pointers to the lists of handles.
        let inputs = handles.inputs.map { $0.map { UnsafeMutableRawPointer($0) } }
        let outputs = handles.outputs.map { $0.map { UnsafeMutableRawPointer($0) } }
        return { count, durations in
          inputs.withUnsafeBufferPointer { inputs in
            outputs.withUnsafeBufferPointer { outputs in
              var call = LiteRTPeerCall(
                api: handles.api, compiled: handles.compiled, signature: handles.signature, input_count: inputs.count,
                inputs: inputs.baseAddress, output_count: outputs.count, outputs: outputs.baseAddress)
              return litert_peer_loop(&call, count, &durations) == 1
            }
          }
        }
      }
    }
  }
}

/// What a repetition costs beside the work: the loop over nothing.
enum LoopCost {
  static func run() -> Finding {
    let (repetitions, blocks) = (20_000, 50)
    var log = DurationLog(capacity: repetitions)
    var pairs: [(galley: Double, peer: Double)] = []
    for _ in 0..<blocks {
      log.removeAll()
      let start = MonotonicClock.nanoseconds
      TimedLoop.run(repetitions, into: &log) {}
      let loop = Double(MonotonicClock.nanoseconds &- start) / Double(repetitions)
      pairs.append((loop, 1))
    }
    return Finding(
      "the measuring loop over nothing", unit: "ns", pairs: pairs, bound: 60, kind: .absolute,
      repetitions: repetitions * blocks)
  }
}
