// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Subprocess
internal import SystemPackage

/// What an interpreter says of itself.
struct InterpreterFacts: Codable, Hashable {
  /// Its version.
  var version: [Int]
  /// `cpython`, `pypy`.
  var implementation: String
  /// The machine's kind, as Python names it: `linux-x86_64`.
  var platform: String

  /// What is asked; words that Python 2 understands too.
  private static let question = """
    import json, sys, sysconfig
    print(json.dumps({"version": list(sys.version_info[:3]), "platform": sysconfig.get_platform(),
    "implementation": getattr(getattr(sys, "implementation", None), "name", "unknown")}))
    """

  /// Asks an interpreter; what one said is kept, because starting Python costs more than everything else here.
  /// - Throws: `GalleyError` (`unavailable`) if it doesn't start or isn't Python.
  static func of(_ interpreter: PythonInterpreter, in home: WorkerHome) async throws -> InterpreterFacts {
    let path = "\(home.interpreters)/\(interpreter.identity.hex).json"
    if let data = FileManager.default.contents(atPath: path),
      let known = try? JSONDecoder().decode(InterpreterFacts.self, from: data)
    {
      return known
    }
    let facts = try await ask(
      interpreter.path, CarriedPython(interpreter.path, in: home)?.variables() ?? [:])
    // A home that can't be written costs a question each time, and nothing else.
    if let data = try? JSONEncoder().encode(facts) { try? AtomicFile.write(data, to: path) }
    return facts
  }

  private static func ask(_ path: String, _ variables: [String: String?]) async throws -> InterpreterFacts {
    func refuse(_ why: String) -> GalleyError {
      GalleyError(
        .unavailable, "can't use the Python interpreter", at: path, why: why,
        remedy: "Install \(PythonInterpreter.advice)")
    }
    do {
      let result = try await Subprocess.run(
        .path(FilePath(path)), arguments: ["-E", "-S", "-c", question], environment: .inherit.changed(by: variables),
        input: .none, output: .string(limit: 1 << 16),
        error: .string(limit: 1 << 16))
      let last = result.standardError.split(separator: "\n").last.map(String.init)
      guard result.terminationStatus.isSuccess else {
        throw refuse(last ?? "it ended with \(result.terminationStatus)")
      }
      guard let facts = try? JSONDecoder().decode(InterpreterFacts.self, from: Data(result.standardOutput.utf8)) else {
        throw refuse("it doesn't answer like Python")
      }
      return facts
    } catch let error as SubprocessError {
      throw refuse("\(error)")
    }
  }
}
