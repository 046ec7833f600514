// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Pantry

/// An interpreter that came with a bundle: a folder of Galley's home that holds the program, its standard library and the
/// shared libraries that both need, wherever the home lies.
public struct CarriedPython: Sendable, Hashable {
  /// The program's path in its tree.
  public static let program = "bin/python3"
  /// The folder of a tree that holds shared libraries.
  public static let libraries = "shared"

  /// The name of the tree that holds the shared libraries that the packages of a lock expect of the system.
  public static func packagesTree(_ lock: Digest) -> String { "packages-\(lock.hex.prefix(16))" }

  private let home: WorkerHome
  private let executable: String
  private let tree: String

  /// The interpreter of a path, if it is one that came with a bundle.
  init?(_ path: String?, in home: WorkerHome) {
    let root = "\(home.root)/\(PantryTree.interpreters)"
    guard let path, path.lies(below: root),
      let name = path.dropFirst(root.utf8.count).split(separator: "/").first
    else { return nil }
    (self.home, executable, tree) = (home, path, "\(root)/\(name)")
  }

  /// The variables with which it, and what it starts, finds what belongs to it first.
  ///
  /// The libraries have no other way to be found: neither the program nor the modules know where the home lies.
  func variables(lock: Digest? = nil, path: String? = nil) -> [String: String?] {
    let packages = lock.map { "\(home.root)/\(PantryTree.interpreters)/\(Self.packagesTree($0))" }
    let folders = ([tree, packages].compactMap(\.self)).map { "\($0)/\(Self.libraries)" }
    let earlier = path.flatMap { $0.isEmpty ? nil : $0 }
    return [
      "LD_LIBRARY_PATH": (folders.filter { access($0, F_OK) == 0 } + [earlier].compactMap(\.self))
        .joined(separator: ":"),
      // The trees and the worker's folder stay as they came.
      "PYTHONPYCACHEPREFIX": "\(home.python)/cache", "PYTHONDONTWRITEBYTECODE": nil, "PYTHONNOUSERSITE": "1",
      "PYTHONHOME": nil,
    ]
  }

  /// How it runs a program; the environment that the program asks for is made of the wheels in the pantry if it isn't
  /// there.
  /// - Throws: `GalleyError` (`unavailable`) if something of it isn't in the pantry.
  func launch(
    _ program: WorkerProgram, _ metadata: ScriptMetadata?, variables: [String: String]
  ) async throws -> PythonLaunch {
    var interpreter = PythonInterpreter(path: executable, origin: .given)
    let facts = try await InterpreterFacts.of(interpreter, in: home)
    try PythonLaunch.check(PythonVersion(facts.version), interpreter, program, metadata)
    var lock: Digest?
    if let metadata, !metadata.dependencies.isEmpty {
      let (path, digest) = try await environment(program, metadata, interpreter, variables)
      (interpreter, lock) = (PythonInterpreter(path: path, origin: .environment), digest)
    }
    let package = try await EmbeddedPython.unpacked(in: home)
    let own = self.variables(lock: lock, path: variables["LD_LIBRARY_PATH"])
    return PythonLaunch(
      interpreter: interpreter, arguments: ["-u", "-m", "galley.worker", program.argument],
      environment: own.merging(["PYTHONPATH": package, "PYTHONSAFEPATH": "1"]) { $1 })
  }

  private func environment(
    _ program: WorkerProgram, _ metadata: ScriptMetadata, _ interpreter: PythonInterpreter,
    _ variables: [String: String]
  ) async throws -> (path: String, lock: Digest) {
    let lock = try EnvironmentLock(of: program)
    let environment = PythonEnvironment(
      lock: lock.digest, requirements: lock.requirements, python: executable, interpreter: interpreter.identity)
    if lock.requirements == metadata.digest, environment.isWhole(in: home) {
      return (environment.executable(in: home), lock.digest)
    }
    let own = self.variables(lock: lock.digest, path: variables["LD_LIBRARY_PATH"]).compactMapValues(\.self)
    let pantry = try Pantry(root: home.root)
    let maker = EnvironmentMaker(pantry: pantry, variables: variables.merging(own) { $1 }, isOffline: true) {
      try Self.held($0, in: pantry, program)
    }
    return (try await maker.sync(program, python: executable).python, lock.digest)
  }

  /// What the pantry has; nobody else is asked.
  private static func held(
    _ requirement: ArtifactRequirement, in pantry: Pantry, _ program: WorkerProgram
  ) throws(GalleyError) -> Digest {
    if let digest = requirement.digest, pantry.verify(digest) { return digest }
    throw GalleyError(
      .unavailable, "can't make the worker's environment", at: program.path,
      why: "\(requirement.name) (sha256:\(requirement.digest?.hex ?? "")) is damaged or not in the pantry",
      remedy: "Import the bundle that brought the worker once more.")
  }
}

extension String {
  /// Whether the path lies below a folder.
  func lies(below folder: String) -> Bool { hasPrefix("\(folder)/") && !split(separator: "/").contains("..") }
}
