// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley
internal import Glibc

/// How Python is started to run a worker's file: `PYTHON -u -m galley.worker FILE`.
public struct PythonLaunch: Sendable, Hashable {
  /// The interpreter.
  public var interpreter: PythonInterpreter
  /// What follows its name.
  public var arguments: [String]
  /// Variables that differ from those of this process; `nil` removes one.
  public var environment: [String: String?]

  /// A command.
  package init(interpreter: PythonInterpreter, arguments: [String], environment: [String: String?]) {
    (self.interpreter, self.arguments, self.environment) = (interpreter, arguments, environment)
  }

  /// Finds out how a file is started; the embedded package is unpacked if it isn't yet.
  ///
  /// The interpreter is the one that is given, else that of the environment that was made for the file, else that of
  /// `GALLEY_PYTHON`, else `python3` in `PATH`.
  /// - Parameters:
  ///   - program: The file.
  ///   - python: An interpreter, by path or by name.
  ///   - home: Where package and environments lie.
  ///   - variables: The environment of this process.
  /// - Throws: `GalleyError`: `unavailable` if there is no Python, it is too old, or the environment that the file asks
  ///   for was not made; `cantCreate` if the package can't be unpacked.
  public static func of(
    _ program: WorkerProgram, python: String? = nil, home: WorkerHome, variables: [String: String]
  ) async throws -> PythonLaunch {
    let metadata = try program.metadata()
    if let carried = CarriedPython(python, in: home) {
      return try await carried.launch(program, metadata, variables: variables)
    }
    let interpreter = try choose(program, metadata, python, home, variables)
    try check(
      PythonVersion(try await InterpreterFacts.of(interpreter, in: home).version), interpreter, program, metadata)
    let package = try await EmbeddedPython.unpacked(in: home)
    let earlier = variables["PYTHONPATH"].flatMap { $0.isEmpty ? nil : $0 }
    return PythonLaunch(
      interpreter: interpreter, arguments: ["-u", "-m", "galley.worker", program.argument],
      environment: [
        "PYTHONPATH": earlier.map { "\(package):\($0)" } ?? package, "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": nil,
      ])
  }

  private static func choose(
    _ program: WorkerProgram, _ metadata: ScriptMetadata?, _ python: String?, _ home: WorkerHome,
    _ variables: [String: String]
  ) throws -> PythonInterpreter {
    if python == nil, let metadata, !metadata.dependencies.isEmpty {
      switch try PythonEnvironment.state(of: program, metadata, in: home) {
      case .ready(let path): return PythonInterpreter(path: path, origin: .environment)
      // Whoever names an interpreter answers for its packages.
      case .missing where variables[PythonInterpreter.variable]?.isEmpty == false: break
      case .missing(let why, let command):
        throw GalleyError(
          .unavailable, "can't run the worker", at: program.path, why: why,
          remedy: "Run \(command), or name an interpreter that has its packages with --python or GALLEY_PYTHON.")
      }
    }
    return try PythonInterpreter.ofMachine(given: python, environment: variables)
  }

  /// Whether an interpreter can run a file.
  static func check(
    _ version: PythonVersion, _ interpreter: PythonInterpreter, _ program: WorkerProgram, _ metadata: ScriptMetadata?
  ) throws(GalleyError) {
    guard version >= PythonInterpreter.oldest else {
      throw GalleyError(
        .unavailable, "can't run the worker", at: interpreter.path, why: "this is Python \(version), which is too old",
        remedy: "Install \(PythonInterpreter.advice)")
    }
    if let requirement = metadata?.pythonRequirement, !requirement.accepts(version) {
      throw GalleyError(
        .unavailable, "can't run the worker", at: program.path,
        why: "it needs Python \(requirement), and \(interpreter.path) is Python \(version)",
        remedy: "Name another interpreter with --python or GALLEY_PYTHON.")
    }
  }

  /// Becomes Python: this process goes on as the interpreter, with the same descriptors.
  /// - Throws: `GalleyError` (`unavailable`) if the system refuses; otherwise it doesn't return.
  public func replaceProcess() throws(GalleyError) -> Never {
    for (name, value) in environment {
      if let value { setenv(name, value, 1) } else { unsetenv(name) }
    }
    // A signal that is ignored stays so in the new program, which may want to die of it.
    signal(SIGPIPE, SIG_DFL)
    var words: [UnsafeMutablePointer<CChar>?] = ([interpreter.path] + arguments).map { strdup($0) }
    words.append(nil)
    execv(interpreter.path, words)
    let reason = String(cString: strerror(errno))
    for word in words { free(word) }
    throw GalleyError(
      .unavailable, "can't start Python", at: interpreter.path, why: reason,
      remedy: "Install \(PythonInterpreter.advice)")
  }
}
