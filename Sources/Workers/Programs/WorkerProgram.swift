// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
public import Galley

/// A Python file of the user's that a worker runs, perhaps with the class in it that is meant.
public struct WorkerProgram: Sendable, Hashable, Codable {
  /// The file, an absolute path.
  public let path: String
  /// The class that is meant, where a file has several.
  public let className: String?

  /// A file.
  public init(path: String, className: String? = nil) {
    (self.path, self.className) = (path, className)
  }

  /// What a command line says: `FILE` or `FILE:Class`. A file with that whole name wins.
  /// - Throws: `GalleyError` (`missingInput`) if there is no such file, or it can't be read.
  public init(argument: String) throws(GalleyError) {
    let (path, className) = Self.split(argument)
    self.path = URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
    self.className = className
    try check(as: path)
  }

  /// The program as a command line says it.
  public var argument: String { className.map { "\(path):\($0)" } ?? path }

  /// The file's name without folder and ending.
  public var name: String {
    let last = path.split(separator: "/").last.map(String.init) ?? path
    return last.hasSuffix(".py") ? String(last.dropLast(3)) : last
  }

  /// Where the file's lock lies.
  public var lockPath: String { "\(path).lock" }

  /// What tells the program from others: SHA-256 of its file, and of its lock if it has one. Modules that the file
  /// imports don't count.
  /// - Throws: `GalleyError` (`missingInput`) if the file can't be read.
  public func digest() throws(GalleyError) -> Digest {
    do throws(FileError) {
      let own = try Digest(ofFileAt: path)
      guard Self.kind(lockPath) == .file else { return own }
      return Digest(of: "\(own.hex)  program\n\(try Digest(ofFileAt: lockPath).hex)  lock\n")
    } catch {
      throw Self.unreadable(error.path, error.reason)
    }
  }

  /// The file's text.
  /// - Throws: `GalleyError` (`missingInput`) if it can't be read.
  func source() throws(GalleyError) -> String {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw Self.unreadable(path, FileError(.read, path).reason)
    }
    return String(decoding: data, as: UTF8.self)
  }

  /// What the file says that it needs.
  /// - Throws: `GalleyError` if it can't be read, or what it says is not as PEP 723 has it.
  public func metadata() throws(GalleyError) -> ScriptMetadata? {
    try ScriptMetadata(of: source(), at: path)
  }

  private enum Kind { case file, folder, nothing }

  private static func kind(_ path: String) -> Kind {
    var isFolder = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return .nothing }
    return isFolder ? .folder : .file
  }

  private static func split(_ argument: String) -> (path: String, className: String?) {
    guard kind(argument) == .nothing, let colon = argument.lastIndex(of: ":") else { return (argument, nil) }
    let name = argument[argument.index(after: colon)...]
    guard let first = name.first, first.isLetter || first == "_",
      name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
    else { return (argument, nil) }
    return (String(argument[..<colon]), String(name))
  }

  private func check(as given: String) throws(GalleyError) {
    switch Self.kind(path) {
    case .nothing: throw Self.unreadable(given, "no such file")
    case .folder: throw Self.unreadable(given, "it is a folder")
    case .file:
      guard FileManager.default.isReadableFile(atPath: path) else { throw Self.unreadable(given, "permission denied") }
    }
  }

  private static func unreadable(_ path: String, _ why: String) -> GalleyError {
    GalleyError(
      .missingInput, "can't read the worker's file", at: path, why: why,
      remedy: "Name a Python file: galley worker python FILE or FILE:Class.")
  }
}
