// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Subprocess

/// What a worker's file imports, and what the interpreter is made of that runs it: found without running the file.
struct WorkerScan: Decodable {
  /// A module that the file, or one beside it, imports and that doesn't lie beside it.
  struct Import: Decodable {
    /// The first part of its name.
    var name: String
    /// Where it is imported, relative to the worker's folder.
    var file: String
    var line: Int
    /// Whether the file goes on without it.
    var isOptional: Bool
    /// Its file; `standard` if it is part of the interpreter, `nil` if it isn't there.
    var place: String?

    var isStandard: Bool { place == "standard" }
  }

  /// The interpreter as it says itself.
  struct Interpreter: Decodable {
    var implementation: String
    var version: [Int]
    var executable: String
    var prefix: String
    var library: String
    var extensions: String
    var environment: String?
  }

  var interpreter: Interpreter
  /// Files beside the worker's that it imports, relative to its folder.
  var files: [String]
  /// What can't be read of them.
  var faults: [String]
  var imports: [Import]

  /// Scans a file with the interpreter that runs it.
  /// - Parameter variables: What differs of this process's environment.
  /// - Throws: `GalleyError` (`unavailable`) if the interpreter gives no answer.
  static func of(
    _ program: WorkerProgram, _ interpreter: PythonInterpreter, _ variables: [String: String?]
  ) async throws -> WorkerScan {
    func refuse(_ why: String) -> GalleyError {
      GalleyError(
        .unavailable, "can't see what the worker imports", at: program.path, why: why,
        remedy: "Check that \(interpreter.path) starts: galley worker python \(program.argument)")
    }
    let source = String(decoding: PackageResources.imports_py, as: UTF8.self)
    let changes = variables.merging(["PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"]) { $1 }
    do {
      let asked = PythonQuestion(
        interpreter: interpreter.path, arguments: ["-c", source, program.path, providedNames.joined(separator: ",")],
        variables: changes, limit: 1 << 24)
      guard let answer = try await asked.answer() else { throw refuse(PythonQuestion.silence) }
      guard answer.isSuccess, let scan = try? JSONDecoder().decode(WorkerScan.self, from: Data(answer.output.utf8))
      else { throw refuse(answer.lastError ?? "it says nothing") }
      return scan
    } catch let error as SubprocessError {
      throw refuse("\(error)")
    }
  }

  /// Modules that the embedded package brings.
  private static let providedNames: [String] = {
    let paths = EmbeddedPython.files.keys.map { $0.hasPrefix("compatible/") ? String($0.dropFirst(11)) : $0 }
    let names = paths.compactMap { $0.split(separator: "/").first }.map { $0.hasSuffix(".py") ? $0.dropLast(3) : $0 }
    return Set(names.map(String.init)).sorted()
  }()
}
