// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Comparisons
import Foundation
import Galley
import RemoteTargets
import Statistics
import Targets
import TargetTransport

/// Latency that the agent measures, beside the same loop measured by the target `local`: each pair of measuring processes
/// takes turns, and several pairs are compared, because two processes of one program differ too.
struct DeviceLatency {
  var programs: Programs
  var folder: String
  var processes = 12
  var turns = 15

  func run() async throws -> [Finding] {
    let agent = try ServedAgent(programs.agent, in: "\(folder)/latency")
    defer { agent.child.stop() }
    let remote = try await RemoteTarget.look(
      at: try agent.target(isSecure: true), as: try Identity.make(name: "agent-bench"))
    let local = LocalTarget(
      executable: programs.agent, arguments: [], lockPath: "\(folder)/local.lock", takesRuntime: true)
    let convolutions = try BenchModel(
      "convolutions", "\(programs.models)/convolutions.onnx", shape: [1, 3, 52, 52], in: folder)
    let digits = try BenchModel("digits", "\(programs.models)/digits-mlp.onnx", shape: [1, 1, 8, 8], in: folder)
    return [
      try await compare(convolutions, remote, local, inferences: 100),
      try await compare(digits, remote, local, inferences: 5000),
    ]
  }

  private func compare(
    _ model: BenchModel, _ remote: any MeasuringTarget, _ local: any MeasuringTarget, inferences: Int
  ) async throws -> Finding {
    var pairs: [(galley: Double, peer: Double)] = []
    var generator = SeededGenerator(seed: 17)
    for _ in 0..<processes {
      // Who starts second would find warmer caches.
      var opened: [(isRemote: Bool, session: any MeasuringSession, process: any MeasuringProcess)] = []
      for isRemote in generator.shuffled([true, false]) {
        let target = isRemote ? remote : local
        let session = try await target.open(with: [], isAlone: false) { _ in }
        opened.append((isRemote, session, try await session.start(runtime: BenchModel.runtime) { _ in }))
      }
      for one in opened { try await model.prepare(one.process) }
      var (ofAgent, ofLocal): ([Double], [Double]) = ([], [])
      for _ in 0..<turns {
        for one in generator.shuffled(opened) {
          let median = try await model.block(one.process, inferences)
          if one.isRemote { ofAgent.append(median) } else { ofLocal.append(median) }
        }
      }
      for one in opened {
        await one.process.stop()
        await one.session.end()
      }
      pairs.append((Percentile.median(ofAgent) ?? .nan, Percentile.median(ofLocal) ?? .nan))
    }
    return Finding(
      "latency on the device, \(model.name)", unit: "µs", pairs: pairs, bound: 0.01, kind: .distance,
      repetitions: processes * turns * inferences)
  }
}
