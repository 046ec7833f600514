// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Testing
import Workers

@Suite struct UVCommandTests {
  @Test func keepsTheLastWordsHoweverManyThereAre() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    // Three megabytes on each stream.
    let words = "i=0; while [ $i -lt 30000 ]; do echo \"$line $i\"; echo \"$line $i\" >&2; i=$((i+1)); done"
    let line = "line=\(String(repeating: "x", count: 100))"
    let program = try bench.writeScript("\(line); \(words); printf 'error: the last words' >&2; exit 2", "uv")
    let uv = UVCommand(executable: program, cache: bench.folder, variables: [:])
    let failure = await #expect(throws: UVCommand.Failure.self) { try await uv.run([]) }
    #expect(failure?.reason.hasSuffix("the last words") == true && failure?.reason.contains("x 29999") == true)
    let loud = try bench.writeScript("\(line); \(words)", "loud")
    try await UVCommand(executable: loud, cache: bench.folder, variables: [:]).run([])
  }

  @Test func saysHowItEnded() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    func failure(_ text: String, _ name: String) async throws -> UVCommand.Failure? {
      let uv = UVCommand(executable: try bench.writeScript(text, name), cache: bench.folder, variables: [:])
      return await #expect(throws: UVCommand.Failure.self) { try await uv.run([]) }
    }
    let silent = try await failure("exit 3", "silent")
    #expect(silent?.reason == "uv says nothing and ends with code 3" && silent?.wasKilled == false)
    let killed = try await failure("echo 'working' >&2; kill -9 $$", "killed")
    #expect(killed?.reason == "uv was ended by signal 9" && killed?.wasKilled == true)
    let framed = try await failure("echo 'error: one' >&2; echo '  ╰─▶ or requires two' >&2; exit 1", "framed")
    #expect(framed?.reason == "one or requires two")
    let missing = UVCommand(executable: "\(bench.folder)/tools/none", cache: bench.folder, variables: [:])
    let error = await #expect(throws: GalleyError.self) { try await missing.run([]) }
    #expect(error?.exitCode == .unavailable && error?.remedy?.contains("\(bench.folder)/tools;") == true)
  }
}
