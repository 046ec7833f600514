// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import CPeer
import Foundation
import Galley
import Measuring
import Runtimes
import Statistics

/// Galley's measuring loop over OpenVINO against a C loop, on the same request in the same process, in blocks that take
/// turns.
struct OpenVINOLoopComparison {
  var name: String
  var model: String
  var shape: [Int]
  var repetitions: Int
  var blocks: Int
  var bound: Double

  func run() throws -> Finding {
    let compiled = try OpenVINORuntime(.init()).compile(try ModelFile(at: model, format: .onnx))
    let session = try compiled.makeSession(inputShapes: [shape])
    guard let handles = OpenVINORuntime.handles(of: session) else { throw Failure("the session has no handles") }
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
          let ran = ov_peer_loop(handles.api, handles.request, repetitions, &durations)
          guard ran == 1 else { throw Failure("the C loop failed") }
          pair.peer = median(durations) / 1000
        }
      }
      pairs.append(pair)
    }
    return Finding(
      "latency in OpenVINO, \(name)", unit: "µs", pairs: pairs, bound: bound, repetitions: blocks * repetitions)
  }
}
