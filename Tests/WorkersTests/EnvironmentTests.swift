// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Pantry
import PeerSupport
import Testing
import Workers

/// With the real `uv` and the package index that pip is configured for.
@Suite(.serialized) struct EnvironmentTests {
  /// A file that needs one package without dependencies, small and pure.
  private static let header = """
    # /// script
    # requires-python = ">=3.9"
    # dependencies = ["packaging==24.2"]
    # ///

    """
  private static let body = """
    import packaging, sys
    import galley

    class Versions(galley.Dataset):
        "One item, whose label is the version of what the file needs."
        taxonomy = "data.classification.versions"

        def items(self):
            return galley.LabeledItems(
                ["a"], galley.Tensor(bytes(4), "uint8", (1, 2, 2, 1)), [0], [packaging.__version__ + " in " + sys.prefix])
    """

  /// Fetches as a connected machine does, by the ordinary tools.
  private static func fetch(_ requirement: ArtifactRequirement, into pantry: Pantry) async throws -> Digest {
    let digest = try #require(requirement.digest)
    if pantry.verify(digest) { return digest }
    let folder = FileManager.default.temporaryDirectory.appending(path: "wheel-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let (origin, file) = (try #require(requirement.origins.first), "\(folder)/\(requirement.name)")
    do {
      let script = "import sys, urllib.request as u; open(sys.argv[2], 'wb').write(u.urlopen(sys.argv[1]).read())"
      _ = try PeerPython().run(["-c", script, origin, file])
    } catch {
      // Where only pip's own index can be asked.
      let parts = requirement.name.split(separator: "-")
      _ = try PeerPython().run([
        "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, "\(parts[0])==\(parts[1])",
      ])
    }
    return try pantry.store(
      fileAt: file, note: ArtifactNote(name: requirement.name, role: requirement.role), expecting: digest)
  }

  private static func maker(_ bench: Workbench, isOffline: Bool = false) throws -> EnvironmentMaker {
    let pantry = try Pantry(root: bench.home.root)
    return EnvironmentMaker(pantry: pantry, variables: Workbench.variables, isOffline: isOffline) { requirement in
      if isOffline, requirement.digest.map(pantry.verify) != true {
        throw GalleyError(.software, "can't fetch", why: "the test forbids it")
      }
      return try await fetch(requirement, into: pantry)
    }
  }

  @Test(.enabled(if: PeerPython().isPresent))
  func locksSyncsAndRuns() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write(Self.header + Self.body, "versions.py")
    let program = try bench.program("versions.py")
    // Nothing runs before the environment is there, and the message says how to make it.
    let early = await #expect(throws: GalleyError.self) {
      try await PythonLaunch.of(program, home: bench.home, variables: Workbench.variables)
    }
    #expect(early?.exitCode == .unavailable && early?.remedy?.contains("galley worker lock") == true)
    let before = try program.digest()
    let lock = try await Self.maker(bench).lock(program)
    #expect(lock.packages.map { "\($0.name) \($0.version)" } == ["packaging 24.2"])
    #expect(lock.wheels.allSatisfy { $0.digest != nil && $0.name.hasSuffix(".whl") })
    #expect(try program.digest() != before)
    let first = try await Self.maker(bench).sync(program)
    #expect(!first.wasThere && first.folder.hasPrefix("\(bench.home.root)/environments/"))
    #expect(try await Self.maker(bench, isOffline: true).sync(program).wasThere)
    let launch = try await PythonLaunch.of(program, home: bench.home, variables: Workbench.variables)
    #expect(launch.interpreter.path == first.python && launch.interpreter.origin == .environment)
    let items = try await Self.dataset(program, bench).items(relativeTo: "/")
    #expect(items.labels == ["24.2 in \(first.folder)"])
    // The wheels are in the pantry, so a lost environment is made again without a network.
    try FileManager.default.removeItem(atPath: first.folder)
    let again = try await Self.maker(bench, isOffline: true).sync(program)
    #expect(!again.wasThere && again.folder == first.folder)
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(bench.home.root)/work").isEmpty)
    // What changed since it was locked doesn't run with the old packages.
    try bench.write(Self.header.replacing("24.2", with: "24.1") + Self.body, "versions.py")
    let changed = await #expect(throws: GalleyError.self) { try await Self.maker(bench).sync(program) }
    #expect(changed?.exitCode == .configuration)
    await #expect(throws: GalleyError.self) {
      try await PythonLaunch.of(program, home: bench.home, variables: Workbench.variables)
    }
  }

  private static func dataset(_ program: WorkerProgram, _ bench: Workbench) async throws -> WorkerDataset {
    let worker = try await WorkerRegister(home: bench.home).add(program)
    let card = try #require(worker.cards(.data).first)
    return WorkerDataset(WorkerDataset.Options(offer: worker.offer(card, [:])))
  }

  @Test func offlineListsAllThatIsMissing() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write(Self.header + Self.body, "versions.py")
    let program = try bench.program("versions.py")
    let metadata = try #require(try program.metadata())
    let python = try await Self.pythonVersion()
    let wheels = ["one", "two"].map { name in
      """
      [[packages]]
      name = "\(name)"
      version = "1.0"
      wheels = [{ url = "https://host/\(name)-1.0%2Bcpu-py3-none-any.whl", size = 3, hashes = { sha256 = "\(Digest(of: name).hex)" } }]

      """
    }
    try bench.write(
      """
      lock-version = "1.0"
      \(wheels.joined())
      [tool.galley]
      requirements = "\(Digest(of: metadata.text).hex)"
      platform = "\(python.platform)"
      python = "\(python.feature)"
      """, "versions.py.lock")
    let error = await #expect(throws: GalleyError.self) { try await Self.maker(bench, isOffline: true).sync(program) }
    #expect(error?.exitCode == .unavailable)
    for name in ["one", "two"] {
      #expect(error?.why.contains("\(name)-1.0+cpu-py3-none-any.whl sha256:\(Digest(of: name).hex)") == true)
      #expect(error?.remedy?.contains("galley pantry add https://host/\(name)-1.0%2Bcpu") == true)
    }
    #expect(error?.why.contains("uv-") == true)
    let lock = await #expect(throws: GalleyError.self) { try await Self.maker(bench, isOffline: true).lock(program) }
    #expect(lock?.exitCode == .unavailable)
  }

  @Test func namesOnlyTheWheelsThatFit() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write(Self.header + Self.body, "versions.py")
    let program = try bench.program("versions.py")
    let metadata = try #require(try program.metadata())
    let python = try await Self.pythonVersion()
    func package(_ name: String, _ endings: [String], marker: String? = nil) -> String {
      let wheels = endings.map { ending in
        let file = "\(name)-1.0-\(ending).whl"
        return "{ url = \"https://host/\(file)\", hashes = { sha256 = \"\(Digest(of: file).hex)\" } }"
      }
      return "[[packages]]\nname = \"\(name)\"\nversion = \"1.0\"\n\(marker.map { "marker = \"\($0)\"\n" } ?? "")"
        + "wheels = [\(wheels.joined(separator: ", "))]\n"
    }
    func error(_ packages: String...) async throws -> GalleyError? {
      let tool =
        "[tool.galley]\nrequirements = \"\(Digest(of: metadata.text).hex)\"\nplatform = \"\(python.platform)\"\n"
        + "python = \"\(python.feature)\"\n"
      try bench.write("lock-version = \"1.0\"\n\(packages.joined())\(tool)", "versions.py.lock")
      return await #expect(throws: GalleyError.self) { try await Self.maker(bench, isOffline: true).sync(program) }
    }
    let listed = try await error(
      package("one", ["cp36-cp36m-win_amd64", "py3-none-any", "cp27-cp27mu-manylinux1_x86_64"]),
      package("two", ["py2.py3-none-any", "py\(python.feature.replacing(".", with: ""))-none-any"]),
      package("one", ["py3-none-any"], marker: "implementation_name != 'pypy'"))
    let words = try #require(listed?.why)
    #expect(words.contains("one-1.0-py3-none-any.whl") && !words.contains("win_amd64") && !words.contains("cp27"))
    #expect(words.contains("two-1.0-py3") && !words.contains("py2.py3"))
    #expect(words.components(separatedBy: "one-1.0").count == 2)
    let none = try await error(package("three", ["cp27-cp27mu-manylinux1_x86_64"]))
    #expect(none?.exitCode == .unavailable && none?.why.contains("no wheel of three 1.0 fits Python 3") == true)
    let marker = try await error(package("four", ["py3-none-any"], marker: "x --hash=y"))
    #expect(marker?.exitCode == .badData && marker?.why.contains("marker") == true)
  }

  private static func pythonVersion() async throws -> (platform: String, feature: String) {
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      "python3", "-c", "import sysconfig; print(sysconfig.get_platform(), sysconfig.get_python_version())",
    ]
    process.standardOutput = pipe
    try process.run()
    let words = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).split {
      $0.isWhitespace
    }
    process.waitUntilExit()
    return (String(words.first ?? ""), String(words.last ?? ""))
  }

  @Test(.enabled(if: PeerPython().isPresent))
  func whatCantBeLockedIsOneSentence() async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write("import os\n", "plain.py")
    let plain = await #expect(throws: GalleyError.self) { try await Self.maker(bench).lock(bench.program("plain.py")) }
    #expect(plain?.exitCode == .configuration && plain?.remedy?.contains("PEP 723") == true)
    try bench.write(Self.header.replacing("24.2", with: "0.0.0.1"), "none.py")
    let none = await #expect(throws: GalleyError.self) { try await Self.maker(bench).lock(bench.program("none.py")) }
    #expect(none?.exitCode == .configuration && none?.why.contains("packaging") == true, "\(none?.description ?? "")")
    #expect(!FileManager.default.fileExists(atPath: "\(bench.folder)/none.py.lock"))
    let unlocked = await #expect(throws: GalleyError.self) {
      try await Self.maker(bench).sync(bench.program("none.py"))
    }
    #expect(unlocked?.exitCode == .missingInput)
  }

  @Test(arguments: [
    ("", "lock-version"), ("lock-version = \"1.0\"\n", "galley worker lock didn't write it"), ("a = [", "line 1"),
    ("lock-version = \"1.0\"\n[[packages]]\nname = \"a b\"\nversion = \"1\"\nTOOL", "no name"),
    ("lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\nversion = \"1\"\nTOOL", "no wheel"),
    (
      "lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\nversion = \"1\"\nwheels = [{url = \"https://h/a.whl\"}]\nTOOL",
      "no SHA-256"
    ),
    (
      "lock-version = \"1.0\"\n[[packages]]\nname = \"a\"\nversion = \"1\\n--index-url=x\"\nTOOL", "no version"
    ),
  ])
  func refusesLocksThatAreNone(text: String, words: String) async throws {
    let bench = try Workbench()
    defer { bench.remove() }
    try bench.write(Self.header, "w.py")
    let tool =
      "[tool.galley]\nrequirements = \"\(Digest(of: "").hex)\"\nplatform = \"linux-x86_64\"\npython = \"3.11\"\n"
    try bench.write(text.replacing("TOOL", with: tool), "w.py.lock")
    let error = await #expect(throws: GalleyError.self) { try await Self.maker(bench).sync(bench.program("w.py")) }
    #expect(error?.exitCode == .badData && error?.why.contains(words) == true, "\(error?.description ?? "")")
  }
}
