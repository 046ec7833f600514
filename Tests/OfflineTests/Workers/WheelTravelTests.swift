// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Bundles
import Files
import Foundation
import Galley
import Offline
import Pantry
import PeerSupport
import Recipes
import Testing
import Workers

/// A worker that needs a package: a wheel that is made here, installed by the pinned `uv`.
@Suite(.serialized, .enabled(if: UVWheel.path != nil, "the pinned uv can't be had here"))
struct WheelTravelTests {
  private static let header = """
    # /// script
    # requires-python = ">=3.9"
    # dependencies = ["tinytint"]
    # [tool.galley]
    # files = ["words"]
    # ///
    import tinytint

    """

  /// Makes a wheel and a lock that names it, without asking anybody.
  private static let maker = """
    import hashlib, sys, sysconfig, zipfile
    folder, requirements = sys.argv[1:]
    path = folder + "/tinytint-1.2-py3-none-any.whl"
    info = "tinytint-1.2.dist-info/"
    files = {
        "tinytint/__init__.py": "TINT = 'tinted'\\n",
        info + "METADATA": "Metadata-Version: 2.1\\nName: tinytint\\nVersion: 1.2\\n"
        "Classifier: License :: OSI Approved :: MIT License\\n\\nWords.\\n",
        info + "WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
    files[info + "RECORD"] = "".join(name + ",,\\n" for name in [*files, info + "RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), text)
    wheel = open(path, "rb").read()
    open(folder + "/tinted.py.lock", "w").write(f'''lock-version = "1.0"
    [[packages]]
    name = "tinytint"
    version = "1.2"
    wheels = [{{ path = "{path}", size = {len(wheel)}, hashes = {{ sha256 = "{hashlib.sha256(wheel).hexdigest()}" }} }}]

    [tool.galley]
    requirements = "{requirements}"
    platform = "{sysconfig.get_platform()}"
    python = "{sys.version_info[0]}.{sys.version_info[1]}"
    ''')
    """

  private static func fetch(_ requirement: ArtifactRequirement, into pantry: Pantry) throws -> Digest {
    let origin = try #require(requirement.origins.first)
    let path = origin.hasPrefix("file://") ? URL(string: origin)?.path : UVWheel.path
    return try pantry.store(
      fileAt: try #require(path), note: ArtifactNote(name: requirement.name, role: requirement.role),
      expecting: requirement.digest)
  }

  /// The worker in the office, as a person gets it there: locked, its environment made, registered.
  private func register(_ bench: WorkerBench) async throws -> RegisteredWorker {
    try bench.write("WORD = 'beside'\n", "helper.py")
    try bench.write("red", "words/first.txt")
    let said = "tinytint.TINT + ' ' + open(__file__[:-9] + 'words/first.txt').read()"
    try bench.write(Self.header + WorkerBench.source("tinted", said: said), "tinted.py")
    let program = try WorkerProgram(argument: "\(bench.folder)/files/tinted.py")
    let metadata = try #require(try program.metadata())
    // With the interpreter of the machine, for which the lock then is.
    let python = try PythonInterpreter.ofMachine(given: nil, environment: ProcessInfo.processInfo.environment).path
    try WorkerBench.run(python, ["-c", Self.maker, "\(bench.folder)/files", Digest(of: metadata.text).hex])
    let maker = EnvironmentMaker(
      pantry: bench.office, variables: ProcessInfo.processInfo.environment, isOffline: false
    ) { try Self.fetch($0, into: bench.office) }
    _ = try await maker.sync(program)
    return try await bench.register("tinted.py")
  }

  @Test func wheelsAreCarriedAndInstalledAtTheSite() async throws {
    let bench = try WorkerBench()
    defer { bench.remove() }
    let worker = try await register(bench)
    let sources = await bench.sources([worker])
    let closure = try bench.closure(["tinted"], [worker], sources)
    let item = try #require(closure.items.first { $0.kind == .worker })
    #expect(item.provenance == "tinted.py with 3 other files")
    let wheel = try #require(closure.items.first { $0.name == "tinytint-1.2-py3-none-any.whl" })
    #expect(wheel.licence == "MIT" && wheel.isHere && wheel.role == .library && wheel.byteCount != nil)
    let uv = try #require(closure.items.first { $0.name.hasPrefix("uv-") })
    #expect(uv.licence == "Apache-2.0 OR MIT" && uv.users.map(\.path) == ["data"])

    let refusal = await #expect(throws: GalleyError.self) {
      try await WorkerCarrying(bench.office, LicenceRules(refusing: ["MIT"])).keep(["the worker tinted"], of: sources)
    }
    #expect(refusal?.exitCode == .configuration && refusal?.why.contains("tinytint") == true)
    let kept = try await WorkerCarrying(bench.office, LicenceRules()).keep(["the worker tinted"], of: sources)
    let wheels = [wheel.digest, uv.digest].compactMap(\.self)
    let outcome = try bench.carry(Array(kept.values), artifacts: wheels)
    #expect(outcome.verification.manifest.artifacts.first { $0.digest == wheel.digest }?.licence == "MIT")
    try FileManager.default.removeItem(atPath: "\(bench.folder)/files")
    try FileManager.default.removeItem(atPath: bench.office.root)

    // The environment is made when it is first needed, of what came.
    let labels = try await bench.labels(of: "tinted")
    #expect(labels.first?.hasPrefix("\(bench.site.root)/environments/") == true, "\(labels)")
    #expect(labels.dropFirst().first == "tinted red")
    // A wheel that is lost is named.
    try FileManager.default.removeItem(atPath: "\(bench.site.root)/environments")
    try FileManager.default.removeItem(atPath: bench.site.path(of: try #require(wheel.digest)))
    let lost = await #expect(throws: GalleyError.self) { try await bench.labels(of: "tinted") }
    #expect(lost?.exitCode == .unavailable && lost?.why.contains("tinytint-1.2-py3-none-any.whl") == true)
  }
}

private enum UVWheel {
  /// The wheel of `uv`, by the ordinary tools; `nil` where neither it nor an index is.
  static let path: String? = {
    guard PeerPython().isPresent else { return nil }
    let folder = FileManager.default.temporaryDirectory.appending(path: "carried-uv").path
    func found() -> String? {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      return names.first { $0.hasSuffix(".whl") }.map { "\(folder)/\($0)" }
    }
    if let path = found() { return path }
    _ = try? PeerPython().run(["-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, "uv==0.13.9"])
    return found()
  }()
}
