// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Pantry

/// What became of an environment.
public struct EnvironmentOutcome: Sendable, Hashable, Codable {
  /// The environment's folder.
  public var folder: String
  /// Its interpreter.
  public var python: String
  /// The packages, each with its version: `numpy 2.4.6`.
  public var packages: [String]
  /// Whether it was there already.
  public var wasThere: Bool
}

extension EnvironmentMaker {
  /// Makes the environment of a locked file: brings the wheels into the pantry by their digests, then installs them
  /// without asking anybody. If it is there already nothing is done.
  /// - Parameters:
  ///   - program: The file, with its lock beside it.
  ///   - python: The interpreter, by path or by name; by default the machine's.
  /// - Throws: `GalleyError`: `configuration` if the file has changed since it was locked, `unavailable` if the lock is
  ///   for another machine or Python, or if this machine is offline and something is missing; all of it is then listed.
  public func sync(_ program: WorkerProgram, python: String? = nil) async throws -> EnvironmentOutcome {
    let metadata = try metadata(of: program)
    let lock = try EnvironmentLock(of: program)
    guard lock.requirements == metadata.digest else {
      throw GalleyError(
        .configuration, Self.failure, at: program.path, why: "what it needs has changed since it was locked",
        remedy: "Run galley worker lock \(program.path)")
    }
    let (interpreter, facts) = try await interpreter(python, metadata, program)
    try check(lock, against: facts, program)
    let environment = PythonEnvironment(
      lock: lock.digest, requirements: lock.requirements, python: interpreter.path, interpreter: interpreter.identity)
    let wasThere = environment.isWhole(in: home)
    if !wasThere { try await make(environment, WheelChoice(of: lock, for: facts, program), program) }
    try environment.note(in: home)
    return EnvironmentOutcome(
      folder: environment.folder(in: home), python: environment.executable(in: home),
      packages: lock.packages.map { "\($0.name) \($0.version)" }, wasThere: wasThere)
  }

  private static let failure = "can't make the worker's environment"

  private func check(
    _ lock: EnvironmentLock, against facts: InterpreterFacts, _ program: WorkerProgram
  ) throws(GalleyError) {
    let feature = PythonVersion(facts.version).feature
    guard lock.platform != facts.platform || lock.python != feature else { return }
    throw GalleyError(
      .unavailable, Self.failure, at: program.lockPath,
      why: "it was locked for Python \(lock.python) on \(lock.platform), and this is Python \(feature) on "
        + facts.platform,
      remedy: "Name that Python with --python, or lock it for this one: galley worker lock \(program.path)")
  }

  private func make(_ environment: PythonEnvironment, _ choice: WheelChoice, _ program: WorkerProgram) async throws {
    let tool = try UVTool()
    if isOffline { try checkNothingIsMissing(tool, choice, program) }
    let uv = try await tool.executable(in: pantry, fetch: fetch)
    var wheels: [String: String] = [:]
    for wheel in choice.wheels { wheels[wheel.name] = pantry.path(of: try await fetch(wheel)) }
    try await pantry.withWorkFolder { work in
      do {
        try await build(
          environment, choice, wheels, UVCommand(executable: uv, cache: "\(work)/cache", variables: variables), in: work
        )
      } catch let failure as UVCommand.Failure {
        throw GalleyError(
          failure.wasKilled ? .unavailable : .badData, Self.failure, at: program.lockPath, why: failure.reason,
          remedy: failure.wasKilled
            ? "Look at the machine's memory, then run the command again."
            : "Lock it again: galley worker lock \(program.path)")
      }
    }
  }

  /// Builds under a work folder and gives the environment its place as a whole.
  private func build(
    _ environment: PythonEnvironment, _ choice: WheelChoice, _ wheels: [String: String], _ uv: UVCommand,
    in work: String
  ) async throws {
    let folder = "\(work)/environment"
    do {
      try AtomicFile.createFolder("\(work)/wheels")
      try AtomicFile.createFolder(home.environments)
      for (name, path) in wheels where symlink(path, "\(work)/wheels/\(name)") != 0 {
        throw FileError(.create, "\(work)/wheels/\(name)")
      }
      try AtomicFile.write(Data(choice.requirementsText.utf8), to: "\(work)/requirements.txt")
    } catch let error as FileError {
      throw GalleyError(writing: error, Self.failure)
    }
    // Scripts that name their interpreter relative to themselves stay right when the folder gets its place.
    try await uv.run(["venv", "--quiet", "--no-project", "--relocatable", "--python", environment.python, folder])
    if !choice.entries.isEmpty {
      try await uv.run([
        "pip", "install", "--quiet", "--offline", "--no-index", "--no-deps", "--require-hashes", "--no-build",
        "--python", "\(folder)/bin/python", "--find-links", "\(work)/wheels", "--requirements",
        "\(work)/requirements.txt",
      ])
    }
    let target = environment.folder(in: home)
    if access(target, F_OK) == 0, !environment.isWhole(in: home) { try remove(target) }
    try EmbeddedPython.place(folder, as: target, Self.failure)
  }

  private func remove(_ folder: String) throws(GalleyError) {
    do {
      try FileManager.default.removeItem(atPath: folder)
    } catch {
      throw GalleyError(
        .cantCreate, Self.failure, at: folder, why: "a damaged one can't be removed: \(error)",
        remedy: "Remove the folder.")
    }
  }

  /// Tells everything that a connected machine has to bring, at once.
  private func checkNothingIsMissing(
    _ tool: UVTool, _ choice: WheelChoice, _ program: WorkerProgram
  ) throws(GalleyError) {
    let missing =
      (tool.isHere(pantry) ? [] : [tool.requirement])
      + choice.wheels.filter { requirement in
        requirement.digest.map { !pantry.contains($0) } ?? true
      }
    guard !missing.isEmpty else { return }
    let files = missing.map { "\n  \($0.name) sha256:\($0.digest?.hex ?? "")" }.joined()
    let adding = missing.map { "\n  galley pantry add \($0.origins.first ?? "URL") --sha256 \($0.digest?.hex ?? "")" }
    let digests = missing.compactMap { $0.digest?.short }.joined(separator: " ")
    throw GalleyError(
      .unavailable, Self.failure, at: program.path,
      why: "this machine is offline, and not in the pantry are\(files)",
      remedy: "On a connected machine:\(adding.joined())\n  galley pantry export \(digests) --to FOLDER\n"
        + "  Here: galley pantry import FOLDER, then the command again.")
  }
}
