// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Sandbox
import Testing

/// What is left where the kernel forbids namespaces, and other users than root.
@Suite struct WeakerTests {
  /// Runs this machine's own check in a sandbox: namespaces in namespaces are refused there.
  @Test func aKernelThatForbidsNamespacesIsNamed() {
    let support = SandboxSupport.check()
    #expect(support.isolation != nil, "\(support)")
    #expect(!support.description.isEmpty)
    #expect(support.isolation?.kind == .namespaces || support.obstacle != nil)
  }

  @Test(.enabled(if: geteuid() == 0, "only root can become somebody else"))
  func ordinaryUsersHaveNamespacesToo() async throws {
    let stage = try Stage()
    let (status, text) = try Self.asNobody(
      [Self.runner, "namespaces", Stage.fixture, "reach", "tcp", "203.0.113.7", "443"], in: stage.folder)
    #expect(status == 0, "\(text)")
    #expect(text.contains("namespaces\n"))
    #expect(text.contains("tcp 203.0.113.7:443"))
    #expect(text.contains("opened /lib") || text.contains("opened /usr/lib"), "\(text)")
  }

  @Test(.enabled(if: geteuid() == 0, "only root can become somebody else"))
  func withoutNamespacesCallsAreJudged() async throws {
    let stage = try Stage()
    let secret = try stage.file("secret")
    let shown = try stage.file("shown/file")
    let (status, text) = try Self.withoutNamespaces(
      [Self.runner, shown, Stage.fixture, "read", shown, secret, "/etc/passwd", "/nowhere"], in: stage.folder)
    #expect(status == 0, "\(text)")
    #expect(text.contains("seccomp only (weaker: making namespaces: "), "\(text)")
    #expect(text.contains("\(shown): ok"))
    #expect(text.contains("\(secret): Permission denied"))
    #expect(text.contains("/etc/passwd: Permission denied"))
    #expect(text.contains("/nowhere: No such file or directory"))
    let (_, writing) = try Self.withoutNamespaces(
      [Self.runner, shown, Stage.fixture, "write", shown], in: stage.folder)
    #expect(writing.contains("\(shown): Read-only file system"), "\(writing)")
    let (_, reaching) = try Self.withoutNamespaces(
      [Self.runner, shown, Stage.fixture, "reach", "tcp", "127.0.0.1", "443"], in: stage.folder)
    #expect(reaching.contains("tcp: Permission denied"), "\(reaching)")
    #expect(reaching.contains("connected tcp 127.0.0.1:443"), "\(reaching)")
  }

  @Test(.enabled(if: geteuid() == 0, "only root can become somebody else"))
  func withoutNamespacesWhatIsLeftRunningEndsToo() async throws {
    let stage = try Stage()
    let (status, text) = try Self.withoutNamespaces(
      [Self.runner, stage.folder.path, Stage.fixture, "daemon", stage.folder.appending(path: "mark").path],
      in: stage.folder)
    #expect(status == 0, "\(text)")
    #expect(text.contains("exit code 3"), "\(text)")
    #expect(try IsolationTests.processes(naming: stage.folder.path).isEmpty)
    let (_, late) = try Self.withoutNamespaces(
      [Self.runner, stage.folder.path, Stage.fixture, "sleep", stage.folder.path], in: stage.folder)
    #expect(late.contains("killed: its time was over"), "\(late)")
    #expect(try IsolationTests.processes(naming: stage.folder.path).isEmpty)
  }

  /// `sandbox-runner SHOWN PROGRAM ARGUMENT…`, beside the tests.
  private static var runner: String {
    URL(filePath: Stage.fixture).deletingLastPathComponent().appending(path: "sandbox-runner").path
  }

  private static func asNobody(_ words: [String], in folder: URL) throws -> (Int32, String) {
    try run(["/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] + words, in: folder)
  }

  /// As an ordinary user in a user namespace that may have no further ones.
  private static func withoutNamespaces(_ words: [String], in folder: URL) throws -> (Int32, String) {
    let quoted = words.map { "'\($0)'" }.joined(separator: " ")
    return try run(
      [
        "/usr/bin/unshare", "--user", "--map-root-user", "/bin/sh", "-c",
        "echo 0 > /proc/sys/user/max_user_namespaces; exec setpriv --bounding-set -all --inh-caps -all \(quoted)",
      ], in: folder)
  }

  private static func run(_ words: [String], in folder: URL) throws -> (Int32, String) {
    let log = folder.appending(path: "runner.log")
    let output = folder.appending(path: "output")
    for file in [log, output] { try Data().write(to: file) }
    // The command opens it by name, perhaps as somebody else.
    try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: output.path)
    let process = Process()
    process.executableURL = URL(filePath: words[0])
    process.arguments = Array(words.dropFirst())
    let sink = try FileHandle(forWritingTo: log)
    process.standardOutput = sink
    process.standardError = sink
    process.standardInput = FileHandle.nullDevice
    process.environment = [
      "OUTPUT": output.path, "SHOWN": Stage.libraries.joined(separator: ":"), "PATH": "/usr/bin:/bin",
    ]
    try process.run()
    process.waitUntilExit()
    let words = try [log, output].map { try String(contentsOf: $0, encoding: .utf8) }.joined()
    return (process.terminationStatus, words)
  }
}
