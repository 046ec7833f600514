// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing

@Suite("The ONNX backend tests", .enabled(if: Suite.isPresent, Comment(rawValue: Suite.absence)))
struct OnnxSuiteTests {
  @Test(arguments: ["onnxruntime"])
  func `pass wherever the same library passes from Python, and the rest is explained`(runtime: String) async throws {
    async let here = Suite.run(Suite.fixture, [runtime, Suite.data.path])
    async let peer = Suite.run(
      Suite.python, [Suite.root.appending(path: "Tests/Peers/onnx_suite_peer.py").path, runtime, Suite.data.path])
    let (ours, theirs) = try await (here, peer)
    #expect(ours.tests.count == 1599 && theirs.tests.map(\.name) == ours.tests.map(\.name))
    #expect(ours.version == theirs.version)
    let lost = theirs.passed.subtracting(ours.passed)
    #expect(lost.isEmpty, "passing from Python and not here")
    let differing = zip(ours.tests, theirs.tests).filter { ours, theirs in
      ours.outcome == "passed" && theirs.outcome == "passed" && ours.digest != theirs.digest
    }
    #expect(differing.isEmpty, "another output than from Python, if within the tolerance")
    let explained = try explainedTests(runtime)
    let unexplained = ours.tests.filter { $0.outcome != "passed" && !explained.contains($0.name) }
    #expect(unexplained.isEmpty, "not in Documentation/onnx-backend-tests.md")
    #expect(!ours.tests.contains { $0.outcome == "crashed" })
  }

  /// The tests that the page names in the section of a runtime.
  private func explainedTests(_ runtime: String) throws -> Set<String> {
    let page = try String(
      contentsOf: Suite.root.appending(path: "Documentation/onnx-backend-tests.md"), encoding: .utf8)
    let section = page.components(separatedBy: "\n## ").first { $0.hasPrefix("\(runtime) ") } ?? ""
    return Set(section.matches(of: /`(test_\w+)`/).map { String($0.1) })
  }
}
