// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import PeerSupport
import TargetProtocol
import Testing

/// A host in Python against an agent in Swift, through pipes.
struct PeerSessionTests {
  struct Outcome: Decodable, Equatable {
    var sent: Int
    var again: Int
    var empty: Int
    var sum: Int
    var events: [String]
    var downloaded: Bool
    var nanoseconds: UInt64
    var outputs: [String]
    var failure: String
  }

  @Test(.enabled(if: PeerTests.python.isPresent, "no Python"), arguments: [nil, 700])
  func aHostInPythonDoesOneOfEverything(window: UInt32?) throws {
    let token = try #require(SimulatedConnection.token)
    var agent = SimulatedAgent(
      AgentSession(
        SimulatedConnection.identity("agent", ChannelFacts()), AgentTrust(tokens: [token]),
        SimulatedConnection.welcome, at: .zero))
    if let window { agent.window = window }
    let file = FileManager.default.temporaryDirectory.appending(path: "target-host-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: file) }
    let (process, input, output) = (Process(), Pipe(), Pipe())
    process.executableURL = PeerTests.python.executable
    let secret = (0..<32).map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    let script = PeerPython.root.appending(path: PeerTests.script).path
    process.arguments = ["-B", script, "host", secret, file.path]
    (process.standardInput, process.standardOutput) = (input, output)
    // A peer that has ended early is a failure of its own, not a signal.
    signal(SIGPIPE, SIG_IGN)
    try process.run()
    defer { if process.isRunning { process.terminate() } }
    // The agent's clock goes on by what its own work takes, so that nothing here waits for real time.
    var now = Duration.zero
    while agent.end == nil {
      let bytes = output.fileHandleForReading.availableData
      if bytes.isEmpty { agent.session.disconnect(at: now) } else { agent.session.receive(bytes, at: now) }
      for _ in 0..<20 {
        let answer = agent.step(at: now).reduce(Data(), +)
        if !answer.isEmpty { try input.fileHandleForWriting.write(contentsOf: answer) }
        now += .milliseconds(1)
      }
    }
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(agent.end == SessionEnd(.done, "done", isRemote: true))
    let outcome = try JSONDecoder().decode(Outcome.self, from: Data(contentsOf: file))
    let expected = Outcome(
      sent: 10_240, again: 0, empty: 0, sum: 42, events: ["progress"], downloaded: true, nanoseconds: 7,
      outputs: ["int64", "float32"], failure: "unknown-method")
    #expect(outcome == expected)
    #expect(agent.device.blobs.count == 2)
  }
}
