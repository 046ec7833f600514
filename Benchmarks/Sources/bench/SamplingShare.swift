// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Comparisons
import Foundation
import Galley
import Measuring

/// What sampling ten times a second takes of one core: all sensors of this machine and four processes, as beside a
/// measurement of four variants.
enum SamplingShare {
  static func run(repetitions: Int = 5, seconds: Double = 2) throws -> Finding {
    let processes = try (0..<4).map { _ in
      let process = Process()
      process.executableURL = URL(filePath: "/bin/sleep")
      process.arguments = ["600"]
      try process.run()
      return process
    }
    defer { for process in processes { kill(process.processIdentifier, SIGKILL) } }
    let names = Dictionary(uniqueKeysWithValues: processes.map { ($0.processIdentifier, "\($0.processIdentifier)") })
    let shares = (0..<repetitions).map { _ in
      let sampler = ResourceSampler(processes: names)
      Thread.sleep(forTimeInterval: seconds)
      return (galley: sampler.stop().cost.share * 100, peer: 1.0)
    }
    return Finding(
      "sampling ten times a second, of one core", unit: "%", pairs: shares, bound: 1, kind: .absolute)
  }
}
