// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing

/// Devices on the command line; what needs an agent is in `TargetAgentTests`.
@Suite struct TargetCommandTests {
  private struct Summary: Decodable {
    var name: String
    var address: String
    var knownBy: String
    var pin: String?
  }

  @Test func targetsAreDeclaredListedAndForgotten() async throws {
    let program = try Program()
    defer { program.remove() }
    #expect(try await program.run(["target", "list"]).output.contains("galley target add"))
    #expect(try await program.run(["target", "add", "board", "192.168.0.7"]).status == 0)
    let pin = String(repeating: "ab", count: 32)
    #expect(try await program.run(["target", "add", "pinned", "[fe80::1]:99", "--pin", pin.uppercased()]).status == 0)
    #expect(try await program.run(["target", "add", "here", "unix:/run/agent.sock"]).status == 0)
    let secret = "\(program.folder)/secret"
    try (String(repeating: "0f", count: 32) + "\n").write(toFile: secret, atomically: true, encoding: .utf8)
    #expect(try await program.run(["target", "add", "token", "device", "--token-file", secret]).status == 0)

    let listed = try await program.run(["target", "list", "--json"])
    let targets = try JSONDecoder().decode([Summary].self, from: Data(listed.output.utf8))
    #expect(targets.map(\.name) == ["board", "here", "pinned", "token"])
    #expect(targets.map(\.address) == ["192.168.0.7:4270", "unix:/run/agent.sock", "[fe80::1]:99", "device:4270"])
    #expect(targets.map(\.knownBy) == ["not paired", "user", "certificate abababababab", "token"])
    #expect(targets[2].pin == pin)
    #expect(!listed.output.contains("0f0f"))

    #expect(try await program.run(["target", "rm", "board"]).status == 0)
    #expect(try await program.run(["target", "rm", "board"]).status == 78)
  }

  @Test(
    arguments: [
      (["target", "add", "local", "device"], 64), (["target", "add", "a b", "device"], 64),
      (["target", "add", "a", "device:0"], 64), (["target", "add", "a", "device", "--pin", "12"], 64),
      (["target", "add", "a", "device", "--token-file", "/nonexistent"], 66), (["target", "check", "nobody"], 78),
      (["target", "logs", "nobody", "--level", "loud"], 64), (["target", "pair", "nobody"], 78),
    ] as [([String], Int32)])
  func mistakesEndWithTheirCode(arguments: [String], status: Int32) async throws {
    let program = try Program()
    defer { program.remove() }
    let outcome = try await program.run(arguments)
    #expect(outcome.status == status, "\(outcome.errors)")
  }

  @Test func whoIsNotThereIsSaidSo() async throws {
    let program = try Program()
    defer { program.remove() }
    #expect(try await program.run(["target", "add", "gone", "unix:\(program.folder)/none"]).status == 0)
    let check = try await program.run(["target", "check", "gone"])
    #expect(check.status == 69 && check.errors.contains("agent"), "\(check.errors)")
    #expect(try await program.run(["target", "add", "unpaired", "127.0.0.1:1"]).status == 0)
    let unpaired = try await program.run(["target", "check", "unpaired"])
    #expect(unpaired.status == 78 && unpaired.errors.contains("galley target pair unpaired"), "\(unpaired.errors)")
  }

  @Test func offlineAsksNobodyForNames() async throws {
    let program = try Program()
    defer { program.remove() }
    let pin = String(repeating: "ab", count: 32)
    #expect(try await program.run(["target", "add", "named", "device.invalid", "--pin", pin]).status == 0)
    #expect(try await program.run(["target", "add", "numbered", "127.0.0.1:1", "--pin", pin]).status == 0)
    let named = try await program.run(["target", "check", "named", "--offline"])
    #expect(named.status == 69 && named.errors.contains("in numbers"), "\(named.errors)")
    let numbered = try await program.run(["target", "check", "numbered", "--offline"])
    #expect(numbered.status == 69 && numbered.errors.contains("refused"), "\(numbered.errors)")
  }
}
