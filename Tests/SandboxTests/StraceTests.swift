// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Sandbox
import Testing

/// strace watches the same program outside; both must have seen the same.
@Suite(
  .enabled(if: SandboxSupport.check().isolation?.kind == .namespaces, "this kernel allows no namespaces"),
  .enabled(if: Strace.path != nil, "strace is not installed"))
struct StraceTests {
  @Test func opensTheSamePathsAsStraceSaw() async throws {
    let stage = try Stage()
    let files = [
      try stage.file("shown/a"), try stage.file("shown/b"), stage.folder.appending(path: "shown/absent").path,
    ]
    let folder = stage.folder.appending(path: "shown").path
    try await compare(
      stage, Stage.fixture, ["read"] + files + ["/dev/null", "/proc/self/status"], [.readOnly(folder)])
    try await compare(stage, Stage.fixture, ["at", folder, "a"], [.readOnly(folder)])
    try await compare(stage, Stage.fixture, ["execute", Stage.fixture, "read", files[0]], [.readOnly(folder)])
  }

  /// Programs that nobody here wrote: a shell with children, and a search through folders.
  @Test(arguments: [
    ["/bin/bash", "-c", "cat /data/a /data/none; (cd /data/deep && cat < c); ls /data > /dev/null"],
    ["/usr/bin/find", "/data", "-type", "f"],
    ["/bin/grep", "-r", "content", "/data"],
  ])
  func systemProgramsOpenTheSamePaths(words: [String]) async throws {
    let stage = try Stage()
    let data = stage.folder.appending(path: "data").path
    try stage.file("data/a")
    try stage.file("data/deep/c")
    let here = words.map { $0.replacingOccurrences(of: "/data", with: data) }
    try await compare(
      stage, here[0], Array(here.dropFirst()),
      [.readOnly(data)] + ["/bin/bash", "/bin/cat", "/bin/ls"].map { .readOnly($0) })
  }

  /// Both runs see the same libraries, and no cache of them.
  private func compare(
    _ stage: borrowing Stage, _ program: String, _ arguments: [String], _ mounts: [SandboxMount]
  ) async throws {
    let libraries = try Strace.libraries(of: [
      Stage.fixture, "/bin/bash", "/bin/cat", "/bin/ls", "/usr/bin/find", "/bin/grep",
    ])
    let environment = ["PATH": "/bin", "LC_ALL": "C"]
    let command = SandboxedCommand(
      program: program, arguments: arguments, environment: environment,
      mounts: try HostFiles.ofThisMachine().mounts + mounts
        + Set([program] + libraries + Strace.folders(of: libraries)).sorted().map { .readOnly($0) }
        + Strace.settings.map { .readOnly($0) },
      timeLimit: .seconds(60), weakest: .namespaces)
    let record = try await command.run()
    let seen = try Strace.watch([program] + arguments, environment, log: stage.folder.appending(path: "strace").path)
    let opened = Set(record.opened.map(\.path)).subtracting(Strace.unlike)
    let existing = Set(record.opened.filter(\.existed).map(\.path)).subtracting(Strace.unlike)
    #expect(opened.subtracting(seen.opened) == [])
    #expect(seen.opened.subtracting(Strace.unlike).subtracting(opened) == [])
    #expect(existing.symmetricDifference(seen.successful.subtracting(Strace.unlike)) == [])
    #expect(record.opened.reduce(0) { $0 + $1.count } > 0)
    #expect(record.localConnections.map(\.address).sorted() == seen.connected.sorted())
  }
}

/// strace, and what it wrote.
enum Strace {
  static let path = ["/usr/bin/strace", "/bin/strace"].first(where: FileManager.default.isExecutableFile)
  /// The loader's cache and what a C library reads of the system's settings, shown to the sandbox too.
  static let settings = ["/etc/ld.so.cache", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group", "/etc/locale.alias"]
    .filter(FileManager.default.fileExists)
  /// A terminal, which a sandbox has none of.
  static let unlike: Set<String> = ["/dev/tty"]

  struct Seen {
    var opened: Set<String> = []
    var successful: Set<String> = []
    var connected: Set<String> = []
  }

  static func watch(_ words: [String], _ environment: [String: String], log: String) throws -> Seen {
    let process = Process()
    process.executableURL = URL(filePath: path ?? "")
    process.arguments = ["-f", "-y", "-qq", "-s", "4096", "-e", "trace=openat,open,connect", "-o", log] + words
    process.environment = environment
    process.currentDirectoryURL = URL(filePath: "/")
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return try read(String(contentsOfFile: log, encoding: .utf8))
  }

  /// Lines like `12 openat(3</data>, "a", O_RDONLY) = 4</data/a>`.
  private static func read(_ log: String) -> Seen {
    var seen = Seen()
    for line in log.split(separator: "\n") {
      if let match = line.firstMatch(of: /openat\((?:AT_FDCWD|\d+)<([^>]*)>, "([^"]*)"/) {
        let name = String(match.2)
        let whole = name.hasPrefix("/") ? name : name.isEmpty || name == "." ? String(match.1) : "\(match.1)/\(name)"
        let path = whole.replacingOccurrences(of: "//", with: "/").replacingOccurrences(of: "/./", with: "/")
        seen.opened.insert(path)
        if line.contains(/\) += \d+/) { seen.successful.insert(path) }
      }
      if let match = line.firstMatch(of: /connect\(.*sun_path="([^"]*)"/) { seen.connected.insert(String(match.1)) }
    }
    return seen
  }

  /// Folders that lie beside libraries outside the system's own folders: the loader looks into those that exist.
  static func folders(of libraries: [String]) -> [String] {
    let own = Set(libraries.map { ($0 as NSString).deletingLastPathComponent }).filter { $0.hasPrefix("/opt/") }
    return own.map { "\($0)/x86_64" }.filter(FileManager.default.fileExists)
  }

  /// The libraries of programs, as `ldd` tells them.
  static func libraries(of programs: [String]) throws -> [String] {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/ldd")
    process.arguments = programs
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return text.matches(of: /=> (\/\S+)/).map { String($0.1) }
  }
}
