// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing

/// A sweep that is killed again and again; Benchmarks/peer/killed_sweep.py does it with a hundred trials.
@Suite(.serialized) struct KilledSweepTests {
  @Test func aKilledSweepEndsLikeOneThatWasNot() async throws {
    let program = try Program()
    defer { program.remove() }
    let process = try program.start(
      [
        "python3", Program.root + "Benchmarks/peer/killed_sweep.py", Program.executable, "--trials", "6", "--kills",
        "3",
        "--folder", "\(program.folder)/sweeps",
      ], executable: URL(filePath: "/usr/bin/env"))
    await Program.end(of: process)
    let outcome = try program.outcome(of: process)
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    let report = try #require(
      try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome.errors)")
    // A fast machine ends before the last one.
    #expect((1...3).contains((report["kills"] as? [Any])?.count ?? 0))
    #expect(report["the same"] as? [String: Bool] == ["states": true, "rows": true, "stages": true])
  }
}
