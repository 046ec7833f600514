// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Sandbox
import Testing

/// What a command in a sandbox can't do, each tried by a real process.
@Suite(.enabled(if: SandboxSupport.check().isolation?.kind == .namespaces, "this kernel allows no namespaces"))
struct IsolationTests {
  @Test func seesOnlyWhatIsMounted() async throws {
    let stage = try Stage()
    let secret = try stage.file("secret")
    let shown = try stage.file("shown/file")
    let (record, lines) = try await stage.run(
      ["read", secret, "/etc/passwd", "/usr/bin/env", "/shown/file", "/dev/null", "/proc/self/status"],
      [.readOnly(stage.folder.appending(path: "shown").path, at: "/shown")])
    #expect(record.exit.code == 0)
    #expect(record.isolation == Isolation(.namespaces))
    #expect(
      lines == [
        "\(secret): No such file or directory", "/etc/passwd: No such file or directory",
        "/usr/bin/env: No such file or directory", "/shown/file: ok", "/dev/null: ok", "/proc/self/status: ok",
      ])
    #expect(!record.opened.contains { $0.resolved == shown })
  }

  @Test func whatIsReadOnlyStaysReadOnly() async throws {
    let stage = try Stage()
    let kept = try stage.file("kept/file", "before")
    let folder = stage.folder.appending(path: "kept").path
    let (_, lines) = try await stage.run(["write", "/kept/file"], [.readOnly(folder, at: "/kept")])
    #expect(lines == ["/kept/file: Read-only file system"])
    let (_, created) = try await stage.run(["write", "/kept/new"], [.readOnly(folder, at: "/kept")])
    #expect(created == ["/kept/new: Read-only file system"])
    let (_, atRoot) = try await stage.run(["write", "/new"])
    #expect(atRoot == ["/new: Read-only file system"])
    #expect(try String(contentsOfFile: kept, encoding: .utf8) == "before")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
  }

  @Test func writableMountsAndTemporaryFoldersAreWritable() async throws {
    let stage = try Stage()
    try stage.file("open/file", "")
    let folder = stage.folder.appending(path: "open").path
    let (record, lines) = try await stage.run(["write", "/open/file"], [.writable(folder, at: "/open")])
    #expect(lines == ["/open/file: ok"])
    #expect(try String(contentsOfFile: "\(folder)/file", encoding: .utf8) == "x")
    #expect(record.opened.contains { $0.path == "/open/file" && $0.isWritten && $0.existed })
    let (_, temporary) = try await stage.run(["write", "/tmp/new"], [.temporary("/tmp", byteLimit: 1 << 20)])
    #expect(temporary == ["/tmp/new: ok"])
    #expect(access("/tmp/new", F_OK) != 0)
  }

  @Test func readOnlyFoldersMayLieInWritableOnes() async throws {
    let stage = try Stage()
    try stage.file("home/native/file", "")
    let home = stage.folder.appending(path: "home").path
    let mounts: [SandboxMount] = [.writable(home, at: "/home"), .readOnly("\(home)/native", at: "/home/native")]
    #expect(
      try await stage.run(["write", "/home/native/file"], mounts).lines == ["/home/native/file: Read-only file system"])
    #expect(try await stage.run(["write", "/home/other"], mounts).lines == ["/home/other: ok"])
  }

  @Test func nothingIsLeftBehindInFoldersThatAreMounted() async throws {
    let stage = try Stage()
    try stage.file("home/file", "")
    let home = stage.folder.appending(path: "home").path
    let mounts: [SandboxMount] = [.readOnly(home, at: "/home"), .readOnly(Stage.fixture, at: "/home/missing/program")]
    await #expect(throws: GalleyError.self) { try await stage.run(["exit", "0"], mounts).lines }
    #expect(try FileManager.default.contentsOfDirectory(atPath: home) == ["file"])
  }

  @Test func environmentAndFolderAreThoseThatWereGiven() async throws {
    let stage = try Stage()
    var command = try stage.command(["environment"], [.temporary("/work")])
    command.environment = ["GALLEY_HOME": "/home", "EMPTY": ""]
    command.folder = "/work"
    #expect(try await command.run().exit.code == 0)
    #expect(try stage.output() == ["EMPTY=", "GALLEY_HOME=/home", "/work"])
  }

  @Test(arguments: [
    ("ring", "ring: Function not implemented"), ("namespace", "namespace: Operation not permitted"),
    ("clone", "clone: Operation not permitted"),
  ])
  func waysAroundTheRecordAreRefused(way: String, words: String) async throws {
    let stage = try Stage()
    #expect(try await stage.run(["misbehave", way]).lines == [words])
  }

  @Test func callsOfOtherArchitecturesKill() async throws {
    #if arch(x86_64)
      let stage = try Stage()
      #expect(try await stage.run(["misbehave", "foreign"]).record.exit.signal == SIGSYS)
    #endif
  }

  @Test func signalsAreToldApartFromExitCodes() async throws {
    let stage = try Stage()
    #expect(try await stage.run(["misbehave", "kill"]).record.exit == SandboxExit(code: nil, signal: SIGKILL))
    #expect(try await stage.run(["misbehave", "abort"]).record.exit == SandboxExit(code: nil, signal: SIGABRT))
    #expect(try await stage.run(["exit", "7"]).record.exit == SandboxExit(code: 7, signal: nil))
    // The guardian can't be killed by what it guards.
    #expect(try await stage.run(["misbehave", "guardian"]).record.exit.code == 0)
  }

  @Test func whatIsLeftRunningEndsWithTheCommand() async throws {
    let stage = try Stage()
    let folder = stage.folder.path
    let (record, _) = try await stage.run(["daemon", "\(folder)/here"], [.writable(folder)])
    #expect(record.exit.code == 3)
    #expect(try Self.processes(naming: stage.folder.path).isEmpty)
  }

  @Test func timeIsLimited() async throws {
    let stage = try Stage()
    var command = try stage.command(["sleep", stage.folder.path])
    command.timeLimit = .milliseconds(300)
    let record = try await command.run()
    #expect(record.exit.isOverTime)
    #expect(record.exit.code == nil)
    #expect(record.seconds >= 0.3)
    #expect(try Self.processes(naming: stage.folder.path).isEmpty)
  }

  @Test func cancellingEndsIt() async throws {
    let stage = try Stage()
    let command = try stage.command(["sleep", stage.folder.path])
    let task = Task { try await command.run() }
    try await Task.sleep(for: .milliseconds(200))
    task.cancel()
    let error = await #expect(throws: GalleyError.self) { try await task.value }
    #expect(error?.exitCode == .interrupted)
    #expect(try Self.processes(naming: stage.folder.path).isEmpty)
  }

  @Test func limitsHold() async throws {
    let stage = try Stage()
    try stage.file("file")
    var command = try stage.command(
      ["at", "/shown", "file"], [.readOnly(stage.folder.path, at: "/shown")])
    // Standard streams and the folder leave no number for the file.
    command.limits = [.openFiles(4)]
    #expect(try await command.run().exit.code == 0)
    #expect(try stage.output() == ["file: Too many open files"])
  }

  @Test func mistakesHaveTheirReasons() async throws {
    let stage = try Stage()
    var missing = try stage.command([])
    missing.program = "/programs/nothing"
    await #expect(throws: GalleyError.self) { try await missing.run() }
    var nowhere = try stage.command([])
    nowhere.folder = "/nowhere"
    let folder = await #expect(throws: GalleyError.self) { try await nowhere.run() }
    #expect(folder?.place == "/nowhere")
    let mount = try stage.command([], [.readOnly("/does/not/exist")])
    let error = await #expect(throws: GalleyError.self) { try await mount.run() }
    #expect(error?.exitCode == .missingInput)
    #expect(error?.place == "/does/not/exist")
    let relative = SandboxedCommand(program: "fixture", mounts: [])
    let word = await #expect(throws: GalleyError.self) { try await relative.run() }
    #expect(word?.exitCode == .configuration)
  }

  /// Process ids of programs that still run and have a text among their arguments.
  static func processes(naming text: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { name in
      let words = Int(name).flatMap { FileManager.default.contents(atPath: "/proc/\($0)/cmdline") }
      return String(decoding: words ?? Data(), as: UTF8.self).contains(text)
    }
  }
}
