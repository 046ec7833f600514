// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
public import Pantry

/// Makes locks and environments of workers' files.
public struct EnvironmentMaker {
  /// Where wheels, tools and environments lie.
  let pantry: Pantry
  /// The environment of this process.
  let variables: [String: String]
  /// Whether no other machine may be asked.
  let isOffline: Bool
  /// Brings what is missing.
  let fetch: ArtifactFetch

  /// A maker.
  /// - Parameters:
  ///   - pantry: Where wheels, tools and environments lie.
  ///   - variables: The environment of this process.
  ///   - isOffline: Whether no other machine may be asked.
  ///   - fetch: Brings an artifact into the pantry.
  public init(
    pantry: Pantry, variables: [String: String], isOffline: Bool, fetch: @escaping ArtifactFetch
  ) {
    // What is brought here stays until it is used, whoever makes room meanwhile.
    self.pantry = pantry.leasing()
    (self.variables, self.isOffline, self.fetch) = (variables, isOffline, fetch)
  }

  var home: WorkerHome { WorkerHome(root: pantry.root) }

  /// Finds out which wheels a file needs on this machine, and writes them with their digests beside it, as a whole.
  /// - Parameters:
  ///   - program: The file, which says what it needs as PEP 723 has it.
  ///   - python: The interpreter, by path or by name; by default the machine's.
  /// - Returns: the lock.
  /// - Throws: `GalleyError`: `configuration` if it says nothing or nothing fits, `unavailable` if the package index
  ///   can't be asked.
  public func lock(_ program: WorkerProgram, python: String? = nil) async throws -> EnvironmentLock {
    let metadata = try metadata(of: program)
    let (interpreter, facts) = try await interpreter(python, metadata, program)
    guard !isOffline else {
      throw GalleyError(
        .unavailable, "can't lock the worker's packages", at: program.path,
        why: "the package index has to be asked, and this machine is offline",
        remedy: "Run galley worker lock on a connected machine of the same kind, and bring \(program.lockPath) here.")
    }
    let text = try await resolved(program, interpreter)
    let whole = Data(Self.complete(text, metadata, facts).utf8)
    let lock = try EnvironmentLock(whole, at: program.lockPath, of: program)
    do throws(FileError) {
      try AtomicFile.write(whole, to: program.lockPath)
    } catch {
      throw GalleyError(writing: error, "can't write the worker's lock")
    }
    return lock
  }

  /// What uv finds, as TOML.
  private func resolved(_ program: WorkerProgram, _ interpreter: PythonInterpreter) async throws -> String {
    let uv = try await UVTool().executable(in: pantry, fetch: fetch)
    return try await pantry.withWorkFolder { work in
      let (script, output) = (try Self.script(of: program, in: work), "\(work)/pylock.toml")
      do {
        try await UVCommand(executable: uv, cache: "\(work)/cache", variables: variables).run([
          "pip", "compile", script, "--format", "pylock.toml", "--generate-hashes", "--no-build", "--no-header",
          "--quiet", "--python", interpreter.path, "--output-file", output,
        ])
      } catch let failure as UVCommand.Failure {
        throw Self.refusal(failure, program)
      }
      guard let data = FileManager.default.contents(atPath: output) else {
        throw GalleyError(.software, "can't lock the worker's packages", at: program.path, why: "uv wrote no lock")
      }
      return String(decoding: data, as: UTF8.self)
    }
  }

  /// The file under a name by which uv knows that it is Python's.
  private static func script(of program: WorkerProgram, in work: String) throws(GalleyError) -> String {
    if program.path.hasSuffix(".py") { return program.path }
    let copy = "\(work)/script.py"
    do throws(FileError) {
      try AtomicFile.copy(program.path, to: copy)
    } catch {
      throw GalleyError(writing: error, "can't lock the worker's packages")
    }
    return copy
  }

  /// What a file says that it needs.
  func metadata(of program: WorkerProgram) throws(GalleyError) -> ScriptMetadata {
    guard let metadata = try program.metadata() else {
      throw GalleyError(
        .configuration, "can't lock the worker's packages", at: program.path, why: "the file doesn't say what it needs",
        remedy: "Begin it with a block of PEP 723: '# /// script', '# dependencies = [\"numpy\"]', '# ///'.")
    }
    return metadata
  }

  /// The machine's interpreter, if the file runs on it.
  func interpreter(
    _ python: String?, _ metadata: ScriptMetadata, _ program: WorkerProgram
  ) async throws -> (PythonInterpreter, InterpreterFacts) {
    let interpreter = try PythonInterpreter.ofMachine(given: python, environment: variables)
    let facts = try await InterpreterFacts.of(interpreter, in: home)
    try PythonLaunch.check(PythonVersion(facts.version), interpreter, program, metadata)
    return (interpreter, facts)
  }

  private static func complete(_ text: String, _ metadata: ScriptMetadata, _ facts: InterpreterFacts) -> String {
    """
    # Made by galley worker lock: what the worker needs, each wheel with its digest (PEP 751).
    \(text)
    [tool.galley]
    requirements = "\(metadata.digest.hex)"
    platform = "\(facts.platform)"
    python = "\(PythonVersion(facts.version).feature)"

    """
  }

  private static func refusal(_ failure: UVCommand.Failure, _ program: WorkerProgram) -> GalleyError {
    failure.isOfNetwork || failure.wasKilled
      ? GalleyError(
        .unavailable, "can't lock the worker's packages", at: program.path, why: failure.reason,
        remedy: failure.wasKilled
          ? "Look at the machine's memory, then run the command again."
          : "Check the network; UV_DEFAULT_INDEX names another package index.")
      : GalleyError(
        .configuration, "can't lock the worker's packages", at: program.path, why: failure.reason,
        remedy: "Correct the dependencies at the beginning of the file.")
  }
}
