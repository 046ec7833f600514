// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import PeerSupport
import Testing

private let python = PeerPython()

/// Hosts in every state of a session, the moment they are cut or their agent is killed; models that end their runtime.
@Suite(.enabled(if: python.isPresent, "no Python"))
struct SessionStateTests {
  private static func ask<Answer: Decodable>(_ command: String, as type: Answer.Type = Answer.self) throws -> Answer {
    let folder = try TestFolder()
    return try withExtendedLifetime(folder) {
      try JSONDecoder().decode(
        type,
        from: python.run(script: "Tests/AgentServerTests/Peers/states.py", [command, agentProgram, folder.path]))
    }
  }

  struct Cut: Decodable {
    var states: Int
    var new: Int
    var ended: Int32
  }

  @Test func aHostThatIsCutInAnyStateLeavesNothing() throws {
    let answer = try Self.ask("cut", as: Cut.self)
    #expect(answer.states == 19 && answer.new == 0 && answer.ended == 0)
  }

  struct Killed: Decodable {
    var states: Int
    /// Bytes of an upload that were there when the agent came back.
    var kept: Int
    var back: Bool
    var new: Int
    var ended: Int32
  }

  @Test func anAgentThatIsKilledInAnyStateComesBack() throws {
    let answer = try Self.ask("kill", as: Killed.self)
    #expect(answer.states == 17 && answer.kept > 0 && answer.back && answer.new == 0 && answer.ended == 0)
  }

  struct Replayed: Decodable {
    var said: [String]
    var code: Int
  }

  @Test func whatAHostSaidIsWorthNothingSaidAgain() throws {
    let answer = try Self.ask("replay", as: Replayed.self)
    #expect(answer.said == ["preamble", "hello", "close"] && answer.code == 3)
  }

  struct End: Decodable {
    var code: String?
    var why: String
  }

  struct Crashed: Decodable {
    var crashed: End
    var late: End
    var stopped: End
    var garbage: End
    /// The agent is the one that was started.
    var lives: Bool
    var ended: Int32
  }

  @Test func modelsThatEndTheirRuntimeEndNothingElse() throws {
    let answer = try Self.ask("crash", as: Crashed.self)
    #expect(answer.crashed.code == "worker-ended" && answer.crashed.why.contains("SIGFPE"), "\(answer)")
    #expect(answer.late.code == "deadline" && answer.garbage.code == "failed", "\(answer)")
    #expect(["deadline", "worker-ended"].contains(answer.stopped.code), "\(answer)")
    #expect(answer.lives && answer.ended == 0)
  }

  struct Runs: Decodable {
    var inARow: Bool
    var atOnce: Bool
    var end: End
    var ended: Int32
  }

  @Test func singleInferencesKeepTheirOrderUntilOneEndsTheProcess() throws {
    let answer = try Self.ask("runs", as: Runs.self)
    #expect(answer.inARow && answer.atOnce && answer.ended == 0)
    #expect(answer.end.code == "worker-ended" && answer.end.why.contains("SIGFPE"), "\(answer)")
  }
}
