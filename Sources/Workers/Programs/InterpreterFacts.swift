// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Subprocess

/// What an interpreter says of itself.
package struct InterpreterFacts: Codable, Hashable, Sendable {
  /// Its version.
  package var version: [Int]
  /// `cpython`, `pypy`.
  package var implementation: String
  /// The machine's kind, as Python names it: `linux-x86_64`.
  package var platform: String
  /// What names the interface of extension modules, as Python's `SOABI` does: `cpython-311-x86_64-linux-gnu`.
  package var moduleInterface: String?
  /// The C library, where it is glibc: `glibc 2.36`.
  package var glibc: String?

  /// Facts about an interpreter.
  package init(
    version: [Int], implementation: String, platform: String, moduleInterface: String?, glibc: String?
  ) {
    (self.version, self.implementation, self.platform) = (version, implementation, platform)
    (self.moduleInterface, self.glibc) = (moduleInterface, glibc)
  }

  /// What is asked; words that Python 2 understands too.
  private static let question = """
    import json, os, sys, sysconfig
    try: glibc = os.confstr("CS_GNU_LIBC_VERSION")
    except (ValueError, OSError): glibc = None
    print(json.dumps({"version": list(sys.version_info[:3]), "platform": sysconfig.get_platform(),
    "moduleInterface": sysconfig.get_config_var("SOABI"), "glibc": glibc,
    "implementation": getattr(getattr(sys, "implementation", None), "name", "unknown")}))
    """

  /// The system's C library, such as `glibc-2.36`.
  private static var systemLibrary: String {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = bytes.withUnsafeMutableBytes { confstr(Int32(_CS_GNU_LIBC_VERSION), $0.baseAddress, $0.count) }
    guard (1...bytes.count).contains(count) else { return "unknown" }
    return String(decoding: bytes.prefix(count - 1), as: UTF8.self).split(separator: " ").joined(separator: "-")
  }

  /// Asks an interpreter; what one said is kept, because starting Python costs more than everything else here.
  /// - Throws: `GalleyError` (`unavailable`) if it doesn't start or isn't Python.
  static func of(_ interpreter: PythonInterpreter, in home: WorkerHome) async throws -> InterpreterFacts {
    // The number says what is asked: what an earlier release kept lacks answers. The C library is the system's, and may
    // be another one under the same interpreter.
    let path = "\(home.interpreters)/\(interpreter.identity.hex)-2-\(systemLibrary).json"
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
      let asked = PythonQuestion(
        interpreter: path, arguments: ["-E", "-S", "-c", question], variables: variables, limit: 1 << 16)
      guard let answer = try await asked.answer() else { throw refuse(PythonQuestion.silence) }
      guard answer.isSuccess else { throw refuse(answer.lastError ?? "it ended with \(answer.status)") }
      guard let facts = try? JSONDecoder().decode(InterpreterFacts.self, from: Data(answer.output.utf8)) else {
        throw refuse("it doesn't answer like Python")
      }
      return facts
    } catch let error as SubprocessError {
      throw refuse("\(error)")
    }
  }
}
