// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc

/// An environment that was made for a lock and an interpreter.
struct PythonEnvironment: Codable, Hashable {
  /// SHA-256 of the lock.
  var lock: Digest
  /// SHA-256 of the block of the worker's file that was locked.
  var requirements: Digest
  /// The interpreter that it was made with.
  var python: String
  /// What tells that interpreter from another.
  var interpreter: Digest

  /// Whether a worker's file has its environment.
  enum State {
    /// It has: the environment's interpreter.
    case ready(String)
    /// It hasn't: why, and the command that makes it.
    case missing(why: String, command: String)
  }

  /// The environment's folder.
  func folder(in home: WorkerHome) -> String {
    "\(home.environments)/\(Digest(of: "\(lock.hex)  lock\n\(interpreter.hex)  python\n").hex)"
  }

  /// The environment's interpreter.
  func executable(in home: WorkerHome) -> String { "\(folder(in: home))/bin/python" }

  /// Whether it is there, made with the interpreter as it is now.
  func isWhole(in home: WorkerHome) -> Bool {
    access(executable(in: home), X_OK) == 0
      && PythonInterpreter(path: python, origin: .path).identity == interpreter
  }

  /// Where the environment that was last made for a lock is noted.
  static func notePath(_ lock: Digest, in home: WorkerHome) -> String { "\(home.environments)/\(lock.hex).json" }

  /// Notes that this is the environment of its lock.
  func note(in home: WorkerHome) throws(GalleyError) {
    try AtomicFile.write(to: Self.notePath(lock, in: home), or: "can't note the worker's environment") {
      try JSONEncoder().encode(self)
    }
  }

  /// Finds the environment of a file without starting Python.
  /// - Throws: `GalleyError` if the lock is there and can't be read.
  static func state(
    of program: WorkerProgram, _ metadata: ScriptMetadata, in home: WorkerHome
  ) throws(GalleyError) -> State {
    let sync = "galley worker sync \(program.path)"
    guard access(program.lockPath, F_OK) == 0 else {
      return .missing(
        why: "it needs \(metadata.dependencies.joined(separator: ", ")), and its packages were never locked",
        command: "galley worker lock \(program.path) and \(sync)")
    }
    let digest: Digest
    do throws(FileError) {
      digest = try Digest(ofFileAt: program.lockPath)
    } catch {
      throw GalleyError(.missingInput, "can't read the worker's lock", at: program.lockPath, why: error.reason)
    }
    guard let data = FileManager.default.contents(atPath: notePath(digest, in: home)),
      let environment = try? JSONDecoder().decode(PythonEnvironment.self, from: data)
    else { return .missing(why: "its environment was never made here", command: sync) }
    guard environment.requirements == metadata.digest else {
      return .missing(
        why: "what it needs has changed since it was locked", command: "galley worker lock \(program.path) and \(sync)")
    }
    guard environment.isWhole(in: home) else {
      return .missing(why: "its environment is gone, or its Python has changed", command: sync)
    }
    return .ready(environment.executable(in: home))
  }
}
