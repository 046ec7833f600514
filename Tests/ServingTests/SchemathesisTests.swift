// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import PeerSupport
import Testing

/// The server held against its description by schemathesis; see `Tests/Peers/requirements-serving.txt`.
@Suite struct SchemathesisTests {
  private static let python = PeerPython(in: ".peers/serving", orNamedBy: "GALLEY_SERVING_PEERS")
  private static let hasPeer = python.finds("schemathesis")
  private static let fixture = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    .appending(path: "serving-fixture").path

  private struct Verdict: Decodable {
    var cases: Int
    var passed: Int
    var operations: Int
    var exitCode: Int
    var serverExitCode: Int
    var words: String
  }

  @Test(.enabled(if: hasPeer)) func everyOperationDoesWhatItsDescriptionSays() throws {
    let verdict = try Self.python.ask("serving_peer.py", [Self.fixture, "--examples", "3"], as: Verdict.self)
    #expect(verdict.exitCode == 0, "\(verdict.words)")
    #expect(verdict.serverExitCode == 0)
    #expect(verdict.operations > 60)
    #expect(verdict.cases > 100)
    #expect(verdict.passed == verdict.cases, "\(verdict.words)")
  }
}
