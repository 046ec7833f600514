// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Sandbox

/// A folder of its own for a test, and the fixture ready to run in a sandbox.
struct Stage: ~Copyable {
  let folder: URL
  /// The fixture's path on this machine.
  static let fixture: String = {
    let runner = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let beside = URL(filePath: CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? runner)
    return beside.deletingLastPathComponent().appending(path: "sandbox-fixture").resolvingSymlinksInPath().path
  }()

  /// What the fixture is linked with beyond the C library.
  static let libraries: [String] = (try? Strace.libraries(of: [fixture])) ?? []

  init() throws {
    folder = URL(filePath: "/tmp").appending(path: "galley-sandbox-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Writes a file into the folder.
  @discardableResult
  func file(_ name: String, _ text: String = "content") throws -> String {
    let place = folder.appending(path: name)
    try FileManager.default.createDirectory(
      at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: place)
    return place.path
  }

  /// The fixture with the host's files and `mounts`; its output goes to a file.
  func command(_ arguments: [String], _ mounts: [SandboxMount] = []) throws -> SandboxedCommand {
    SandboxedCommand(
      program: "/programs/fixture", arguments: arguments,
      mounts: try HostFiles.ofThisMachine(program: Self.fixture).mounts
        + Self.libraries.map { .readOnly($0) } + [.readOnly(Self.fixture, at: "/programs/fixture")] + mounts,
      timeLimit: .seconds(60), output: folder.appending(path: "output").path,
      errors: folder.appending(path: "errors").path, weakest: .namespaces)
  }

  /// What the last command printed.
  func output() throws -> [String] {
    try String(contentsOf: folder.appending(path: "output"), encoding: .utf8).split(separator: "\n").map(String.init)
  }

  func run(_ arguments: [String], _ mounts: [SandboxMount] = []) async throws -> (
    record: SandboxRecord, lines: [String]
  ) {
    let record = try await command(arguments, mounts).run()
    return (record, try output())
  }
}
