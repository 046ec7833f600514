// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import PeerSupport
import RemoteTargets
import TargetTransport
import Testing
import TransportSupport

/// A network in front of an agent that delays, cuts into pieces, and cuts off.
final class BadNetwork: Sendable {
  /// What one connection carried, in bytes: up is to the agent.
  struct Passed: Decodable {
    var up: Int
    var down: Int
    var cut: Bool
  }

  static let python = PeerPython()
  private let program: SpawnedProgram
  private let port: Int
  private let report: String

  /// Starts it.
  /// - Parameter rules: The options of `Tests/AgentServerTests/Peers/proxy.py`.
  init(before agent: AgentProgram, _ rules: String...) async throws {
    let report = "\(agent.place.folder)/network-\(UInt32.random(in: 0 ... .max))"
    try Data().write(to: URL(filePath: report))
    let script = PeerPython.root.appending(path: "Tests/AgentServerTests/Peers/proxy.py").path
    let program = try SpawnedProgram(
      Self.python.executable.path, ["-B", script, "\(agent.port)", report] + rules, log: "\(report)-errors")
    (self.program, self.report) = (program, report)
    let words = await withCheckedContinuation { continuation in
      Thread.detachNewThread { continuation.resume(returning: program.output.availableData) }
    }
    port = try #require(Int(String(decoding: words, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)))
  }

  deinit { program.end() }

  /// The agent behind it as a declared target, by token.
  func target() throws -> DeclaredTarget {
    try DeclaredTarget(
      name: "board", endpoint: .tcp(host: "127.0.0.1", port: port), trust: .token(TransportPlace.secret, agent: nil))
  }

  /// The connections that are over.
  func passed() throws -> [Passed] {
    try Data(contentsOf: URL(filePath: report)).split(separator: 10).map {
      try JSONDecoder().decode(Passed.self, from: Data($0))
    }
  }
}
