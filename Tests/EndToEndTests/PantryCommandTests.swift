// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Testing

@Suite struct PantryCommandTests {
  private func run(_ program: Program, _ arguments: String..., status: Int32 = 0) async throws -> Program.Outcome {
    let outcome = try await program.run(["pantry"] + arguments)
    #expect(outcome.status == status, "galley pantry \(arguments.joined(separator: " ")): \(outcome.errors)")
    return outcome
  }

  private func write(_ program: Program, _ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(filePath: "\(program.folder)/\(name)"))
  }

  @Test func keepsListsShowsAndCarriesArtifacts() async throws {
    let program = try Program()
    defer { program.remove() }
    try write(program, "a.bin", "hello")
    try write(program, "b.bin", "world")
    let added = try await run(program, "add", "a.bin", "b.bin", "--role", "weights", "--licence", "MIT")
    // SHA-256 of "hello", as sha256sum prints it.
    let digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    #expect(added.output.contains(digest))
    let list = try await run(program, "list")
    #expect(list.output.contains("a.bin") && list.output.contains("weights") && list.output.contains("MIT"))
    #expect(try await run(program, "show", "2cf24dba").output.contains("a.bin"))
    #expect(try await run(program, "show", "nothing", status: 66).errors.contains("can't find the artifact"))
    _ = try await run(program, "export", "a.bin", "--to", "stick")
    _ = try await run(program, "init", "other")
    _ = try await run(program, "import", "stick", "--pantry", "other")
    #expect(try await run(program, "list", "--pantry", "other").output.contains("a.bin"))
  }

  @Test func findsAFlippedByteAndMendsIt() async throws {
    let program = try Program()
    defer { program.remove() }
    try write(program, "a.bin", "hello")
    _ = try await run(program, "add", "a.bin")
    #expect(try await run(program, "verify").output.contains("sound"))
    let digest = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    let file = "\(program.folder)/pantry/artifacts/2c/\(digest)"
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file)
    try Data("hellp".utf8).write(to: URL(filePath: file))
    let found = try await run(program, "verify", status: 1)
    #expect(found.output.contains(digest))
    _ = try await run(program, "verify", "--repair")
    #expect(try await run(program, "verify").output.contains("sound"))
    #expect(try await run(program, "list").output.contains("is empty"))
  }

  @Test func makesRoomButKeepsWhatIsPinned() async throws {
    let program = try Program()
    defer { program.remove() }
    for name in ["a.bin", "b.bin"] { try write(program, name, String(repeating: name, count: 2000)) }
    _ = try await run(program, "add", "a.bin", "--pin")
    _ = try await run(program, "add", "b.bin")
    #expect(
      try await run(program, "gc", "--limit", "11kB", "--dry-run").output.contains("1 artifacts would be removed"))
    _ = try await run(program, "gc", "--limit", "11kB")
    let list = try await run(program, "list").output
    #expect(list.contains("a.bin") && !list.contains("b.bin"))
    #expect(try await run(program, "gc", "--limit", "1kB", status: 1).errors.contains("pinned"))
  }

  @Test func offlineMeansNoRequest() async throws {
    var program = try Program()
    defer { program.remove() }
    program.environment["GALLEY_OFFLINE"] = "1"
    let digest = String(repeating: "ab", count: 32)
    let outcome = try await run(program, "add", "https://example.org/w.pth", "--sha256", digest, status: 69)
    #expect(outcome.errors.lowercased().contains("offline"), "\(outcome.errors)")
    #expect(try await run(program, "add", "https://example.org/w.pth", status: 64).errors.contains("--sha256"))
  }
}
