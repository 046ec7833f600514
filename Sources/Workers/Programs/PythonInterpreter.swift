// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
public import Galley
internal import Glibc

/// A Python interpreter on this machine.
public struct PythonInterpreter: Sendable, Hashable {
  /// Who named the interpreter.
  public enum Origin: Sendable, Hashable {
    /// The command line, or the program.
    case given
    /// The environment that was made for the worker's file.
    case environment
    /// The variable `GALLEY_PYTHON`.
    case variable
    /// `python3` in `PATH`.
    case path
  }

  /// The executable, an absolute path; a virtual environment's link is not followed.
  public let path: String
  /// Who named it.
  public let origin: Origin

  /// Names an interpreter by environment variable.
  public static let variable = "GALLEY_PYTHON"
  /// The oldest version that the embedded package runs on.
  public static let oldest = PythonVersion([3, 9])
  /// What to install, as the rest of a sentence.
  static let advice =
    "Python \(oldest.description) or newer (apt install python3), or name one with --python or GALLEY_PYTHON."

  /// An executable.
  package init(path: String, origin: Origin) { (self.path, self.origin) = (path, origin) }

  /// The interpreter of the machine: the one that is named, else that of `GALLEY_PYTHON`, else `python3` in `PATH`.
  /// - Parameter given: A path, or a name that is looked for in `PATH`.
  /// - Throws: `GalleyError` (`unavailable`) if it isn't there; it says what to install.
  public static func ofMachine(given: String?, environment: [String: String]) throws(GalleyError) -> PythonInterpreter {
    if let given { return try find(given, .given, environment, said: "--python") }
    if let named = environment[variable], !named.isEmpty {
      return try find(named, .variable, environment, said: variable)
    }
    return try find("python3", .path, environment, said: nil)
  }

  /// What tells the interpreter's executable from another: its real path, its size and when it was changed.
  public var identity: Digest {
    var status = stat()
    guard let real = realpath(path, nil) else { return Digest(of: path) }
    defer { free(real) }
    let name = String(cString: real)
    guard stat(name, &status) == 0 else { return Digest(of: name) }
    return Digest(of: "\(name)\n\(status.st_size)\n\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)\n")
  }

  private static func find(
    _ name: String, _ origin: Origin, _ environment: [String: String], said by: String?
  ) throws(GalleyError) -> PythonInterpreter {
    if let path = executable(name, environment) { return PythonInterpreter(path: path, origin: origin) }
    throw GalleyError(
      .unavailable, "can't find Python", at: by.map { "\($0) \(name)" },
      why: name.contains("/") ? "there is no such program" : "there is no '\(name)' in PATH",
      remedy: "Install \(advice)")
  }

  private static func executable(_ name: String, _ environment: [String: String]) -> String? {
    let candidates =
      name.contains("/")
      ? [URL(filePath: name).standardizedFileURL.path(percentEncoded: false)]
      : (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
    return candidates.first { path in
      var isFolder = false
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder
        && FileManager.default.isExecutableFile(atPath: path)
    }
  }
}
