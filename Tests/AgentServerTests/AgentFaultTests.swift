// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import PeerSupport
import Testing

private let python = PeerPython()
private let isRoot = geteuid() == 0

/// Hosts that misbehave, and hosts that many are, against the program.
@Suite(.enabled(if: python.isPresent, "no Python"))
struct AgentFaultTests {
  private static func ask<Answer: Decodable>(
    _ arguments: [String], as type: Answer.Type = Answer.self
  ) throws -> Answer {
    try JSONDecoder().decode(
      type, from: python.run(script: "Tests/AgentServerTests/Peers/faults.py", arguments))
  }

  /// A host that does everything still can.
  private static func expectHealthy(_ agent: RunningAgent) async throws {
    let script = "Tests/TargetProtocolTests/Peer/peer.py"
    let model = PeerPython.root.appending(path: "Tests/RuntimesTests/Fixtures/dense.onnx").path
    _ = try python.run(script: script, ["measure", agent.socket, "local", model])
    #expect(await agent.stop() == 0)
    try await agent.isDeserted()
  }

  struct Codes: Decodable {
    /// How often sessions ended with each code; `None` for those whose connection just ended.
    var codes: [String: Int]
  }

  @Test(arguments: 1...3) func bytesThatNobodyWouldSendEndOnlyTheirSession(seed: Int) async throws {
    let agent = try await RunningAgent()
    let answer = try Self.ask(["fuzz", agent.socket, "\(seed)", "100"], as: Codes.self)
    #expect(answer.codes.values.reduce(0, +) == 100)
    #expect(Set(answer.codes.keys).isSubset(of: ["None", "0", "1", "3"]), "\(answer.codes)")
    try await Self.expectHealthy(agent)
  }

  struct Claims: Decodable { var codes: [Int] }

  @Test func claimedSizesAreNotBelieved() async throws {
    let agent = try await RunningAgent()
    #expect(try Self.ask(["claims", agent.socket], as: Claims.self).codes == [1, 1, 1, 1])
    try await Self.expectHealthy(agent)
  }

  struct Slow: Decodable { var isGivenUp: Bool }

  @Test func aHostThatDripsIsGivenUp() async throws {
    let agent = try await RunningAgent()
    #expect(try Self.ask(["slow", agent.socket], as: Slow.self).isGivenUp)
    try await Self.expectHealthy(agent)
  }

  struct Cuts: Decodable { var offset: Int }

  @Test func cutsInEveryStateLeaveNothingBehind() async throws {
    let agent = try await RunningAgent()
    #expect(try Self.ask(["cuts", agent.socket], as: Cuts.self).offset > 0)
    try await Self.expectHealthy(agent)
  }

  struct Many: Decodable {
    struct Trouble: Decodable { var error: String }
    var good: Int
    var first: Trouble?
  }

  @Test func sixtyFourHostsAtOnceGetWhatIsTheirs() async throws {
    let agent = try await RunningAgent()
    let answer = try Self.ask(["many", agent.socket, "64"], as: Many.self)
    #expect(answer.good == 64, "\(answer)")
    try await Self.expectHealthy(agent)
  }

  struct Full: Decodable {
    var codes: [String]
    var exitCode: Int32
    var sent: Int
  }

  @Test(.enabled(if: isRoot, "a small disk can be mounted by root only")) func aFullDiskIsAQuota() async throws {
    let folder = try TestFolder()
    let mount = Process()
    mount.executableURL = URL(filePath: "/usr/bin/env")
    mount.arguments = ["mount", "-t", "tmpfs", "-o", "size=28m", "tmpfs", folder.path]
    try mount.run()
    mount.waitUntilExit()
    // Root of a container may not mount anything.
    guard mount.terminationStatus == 0 else { return }
    defer { umount2(folder.path, Int32(MNT_DETACH)) }
    let agent = try await RunningAgent(folder: folder)
    let answer = try Self.ask(["full", agent.socket, folder.path], as: Full.self)
    #expect(answer.codes == ["quota", "quota"] && answer.sent == 5)
    #expect(answer.exitCode == ExitCode.cantCreate.rawValue)
    #expect(await agent.stop() == 0)
    let store = "\(folder.path)/store"
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(store)/begun").isEmpty)
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(store)/blobs").count == 4)
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(store)/new").isEmpty)
  }
}
