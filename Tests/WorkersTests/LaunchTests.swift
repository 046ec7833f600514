// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Testing
import WorkerProtocol
import Workers

@Suite struct LaunchTests {
  @Test func embedsWhatLiesInTheFolder() throws {
    let folder = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Sources/Workers/Python").path
    let paths = try FolderContent.paths(in: folder).filter { $0.hasSuffix(".py") }
    #expect(Set(paths) == Set(EmbeddedPython.files.keys), "run Sources/Workers/Embedded/embed.py")
    for path in paths {
      let bytes = try Data(contentsOf: URL(filePath: "\(folder)/\(path)"))
      #expect(EmbeddedPython.files[path].map { Data($0) } == bytes, "\(path)")
    }
  }

  @Test func unpacksOnceWhoeverAsks() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write("import galley\n", "w.py")
    let program = try bench.program("w.py")
    let folders = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<8 {
        group.addTask {
          let launch = try await PythonLaunch.of(program, home: bench.home, variables: Workbench.variables)
          return (launch.environment["PYTHONPATH"] ?? nil) ?? ""
        }
      }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    let folder = "\(bench.home.root)/python/\(EmbeddedPython.digest.hex)"
    #expect(folders.allSatisfy { $0 == folder || $0.hasPrefix(folder + ":") } && folders.count == 1)
    #expect(
      try FolderContent(of: folder).entries.filter { $0.path.hasSuffix(".py") }.count == EmbeddedPython.files.count)
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(bench.home.root)/work").isEmpty)
  }

  @Test func choosesTheInterpreterInOrder() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    let bin = "\(bench.folder)/bin"
    try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
    let fake = #"echo '{"version": [3, 11, 1], "platform": "linux-x86_64", "implementation": "cpython"}'"#
    for name in ["python3", "other", "named"] { _ = try bench.writeScript(fake, "bin/\(name)") }
    try bench.write("", "w.py")
    let program = try bench.program("w.py")
    func path(_ python: String?, _ variables: [String: String]) async throws -> String {
      try await PythonLaunch.of(
        program, python: python, home: bench.home, variables: variables.merging(["PATH": bin]) { $1 }
      ).interpreter.path
    }
    #expect(try await path(nil, [:]) == "\(bin)/python3")
    #expect(try await path(nil, ["GALLEY_PYTHON": ""]) == "\(bin)/python3")
    #expect(try await path(nil, ["GALLEY_PYTHON": "other"]) == "\(bin)/other")
    #expect(try await path("named", ["GALLEY_PYTHON": "other"]) == "\(bin)/named")
    #expect(try await path("\(bin)/named", [:]) == "\(bin)/named")
  }

  @Test func refusesWhatCantRun() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write("# /// script\n# requires-python = \">=3.99\"\n# ///\n", "new.py")
    try bench.write("", "plain.py")
    let old = try bench.writeScript(
      #"echo '{"version": [3, 5, 2], "platform": "linux-x86_64", "implementation": "cpython"}'"#, "old")
    let broken = try bench.writeScript("echo 'cannot load libpython' >&2; exit 127", "broken")
    let silent = try bench.writeScript("exit 0", "silent")
    func refusal(_ file: String, _ python: String?, _ variables: [String: String] = Workbench.variables) async throws
      -> GalleyError?
    {
      let program = try bench.program(file)
      return await #expect(throws: GalleyError.self) {
        try await PythonLaunch.of(program, python: python, home: bench.home, variables: variables)
      }
    }
    let none = try await refusal("plain.py", nil, ["PATH": bench.folder])
    #expect(none?.exitCode == .unavailable && none?.remedy?.contains("apt install python3") == true)
    #expect(try await refusal("plain.py", "\(bench.folder)/missing")?.exitCode == .unavailable)
    let tooOld = try await refusal("plain.py", old)
    #expect(tooOld?.exitCode == .unavailable && tooOld?.why.contains("3.5.2") == true)
    #expect(try await refusal("plain.py", broken)?.why == "cannot load libpython")
    #expect(try await refusal("plain.py", silent)?.why == "it doesn't answer like Python")
    #expect(try await refusal("new.py", nil)?.why.contains(">=3.99") == true)
  }

  @Test func refusesFilesThatAreNone() throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write("", "w.py")
    for argument in ["missing.py", ".", "w.py:2x", "other.py:Class"] {
      let error = #expect(throws: GalleyError.self) { try WorkerProgram(argument: "\(bench.folder)/\(argument)") }
      #expect(error?.exitCode == .missingInput, "\(argument)")
    }
    let program = try bench.program("w.py:Class")
    #expect(program.path == "\(bench.folder)/w.py" && program.className == "Class" && program.name == "w")
    try bench.write("", "odd:name")
    #expect(try bench.program("odd:name").className == nil)
  }

  @Test func aWorkerSpeaksAndKeepsItsStreamsClean() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write(Workbench.dataset, "stripes.py")
    let source = WorkerSource(program: try bench.program("stripes.py"), home: bench.home.root)
    let description = try await source.withWorker { try await $0.describe(deadline: .seconds(120)) }
    #expect(description.cards?.map(\.taxonomy) == ["data.classification.stripes"])
    #expect(description.methods.contains("dataset.items"))
  }

  @Test func aFaultyFileIsAnErrorForPeople() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write("x = 1\nraise RuntimeError('no luck')\n", "faulty.py")
    let source = WorkerSource(program: try bench.program("faulty.py"), home: bench.home.root)
    let error = await #expect(throws: GalleyError.self) {
      try await source.withWorker { try await $0.describe(deadline: .seconds(120)) }
    }
    #expect(error?.exitCode == .badData && error?.place?.hasSuffix("faulty.py:2") == true)
    #expect(error?.why.contains("RuntimeError") == true && error?.why.contains("no luck") == true)
  }
}
