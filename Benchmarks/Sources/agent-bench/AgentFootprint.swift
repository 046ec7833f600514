// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Comparisons
import Foundation
import Glibc

/// How large the agent's program is, what it holds before anybody has sent anything, and how soon it is ready.
struct AgentFootprint {
  var programs: Programs
  var folder: String
  var starts = 20

  func run() async throws -> [Finding] {
    var (ready, resident, proportional): ([Double], [Double], [Double]) = ([], [], [])
    for number in 0..<starts {
      // Each begins without any state, and so makes its identity too.
      let agent = try ServedAgent(programs.agent, in: "\(folder)/footprint-\(number)")
      ready.append(agent.secondsToReady * 1000)
      if number < 5 {
        // By then it has asked measuring processes which runtimes there are, and they have ended.
        try await Task.sleep(for: .seconds(3))
        resident.append(try Self.kibibytes("status", "VmRSS", of: agent.child.process) * 1024 / 1e6)
        proportional.append(try Self.kibibytes("smaps_rollup", "Pss", of: agent.child.process) * 1024 / 1e6)
      }
      agent.child.stop()
    }
    return [
      Self.finding("size of the agent's program", "MB", [Double(try fileSize(programs.agent)) / 1e6], bound: 35),
      Self.finding("idle memory, resident", "MB", resident, bound: 20),
      Self.finding("idle memory, shared pages by their part", "MB", proportional, bound: 20),
      Self.finding("start to ready", "ms", ready, bound: 100),
    ]
  }

  private static func finding(_ name: String, _ unit: String, _ values: [Double], bound: Double) -> Finding {
    Finding(name, unit: unit, pairs: values.map { ($0, 1) }, bound: bound, kind: .absolute)
  }

  private static func kibibytes(_ file: String, _ key: String, of process: pid_t) throws -> Double {
    let text = try String(contentsOfFile: "/proc/\(process)/\(file)", encoding: .utf8)
    let line = text.split(separator: "\n").first { $0.hasPrefix("\(key):") }
    guard let value = line?.split(whereSeparator: { !$0.isNumber }).last.flatMap({ Double($0) }) else {
      throw Failure("the kernel doesn't say \(key)")
    }
    return value
  }
}
