// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Archives
internal import Files
public import FoundationEssentials
public import Galley

/// The files of a data set: a folder, or a zip or tar archive that is read in place.
///
/// Paths are relative to the root, with `/` between folders. Hidden files and what operating systems leave behind
/// (`.DS_Store`, `__MACOSX`) are not listed.
public struct FileTree: Sendable {
  /// Where the bytes are.
  enum Storage: Sendable {
    case folder
    case zip(ZipArchive)
    case tar(TarArchive)
  }

  /// The folder or archive.
  public let root: String
  /// The part of it that is looked at: empty, or a folder with a slash at its end.
  public let prefix: String
  /// The files' paths, sorted byte by byte.
  public let paths: [String]
  /// The file that was named, if not the whole folder is meant: a table, a JSON file.
  public let focus: String?
  /// What was found but can't be read, each with the reason.
  public let refused: [DatasetFinding]

  let storage: Storage
  private let byteCounts: [String: Int]
  private let members: [String: ArchiveMember]
  /// Paths in lower case, for names written in another case.
  private let folded: [String: String]

  /// Lists the files of a folder or an archive.
  /// - Throws: `GalleyError` if there is nothing at `path`, or an archive is damaged.
  public init(_ path: String) throws(GalleyError) {
    let listing = try FileListing(path)
    self.init(
      root: listing.root, prefix: "", focus: listing.focus, storage: listing.storage, byteCounts: listing.byteCounts,
      members: listing.members,
      refused: listing.refused)
  }

  private init(
    root: String, prefix: String, focus: String?, storage: Storage, byteCounts: [String: Int],
    members: [String: ArchiveMember],
    refused: [DatasetFinding]
  ) {
    self.root = root
    self.prefix = prefix
    self.focus = focus
    self.storage = storage
    self.byteCounts = byteCounts
    self.members = members
    self.refused = refused
    paths = byteCounts.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    folded = Dictionary(byteCounts.keys.map { ($0.lowercased(), $0) }, uniquingKeysWith: min)
  }

  /// Whether there is a file of this name.
  public func contains(_ path: String) -> Bool { byteCounts[path] != nil }

  /// Bytes of a file; `nil` if there is none.
  public func byteCount(_ path: String) -> Int? { byteCounts[path] }

  /// The file whose name differs from `path` at most in case.
  func path(ignoringCase path: String) -> String? { folded[path.lowercased()] }

  /// The tree below a folder.
  public func below(_ folder: String) -> FileTree {
    let start = folder + "/"
    func inner<Value>(_ values: [String: Value]) -> [String: Value] {
      var result: [String: Value] = [:]
      for (path, value) in values where path.hasPrefix(start) { result[String(path.dropFirst(start.count))] = value }
      return result
    }
    return FileTree(
      root: root, prefix: prefix + start, focus: nil, storage: storage, byteCounts: inner(byteCounts),
      members: inner(members),
      refused: refused)
  }

  /// The bytes of a file.
  /// - Throws: `GalleyError` if it is missing or can't be read.
  public func read(_ path: String) throws(GalleyError) -> Data {
    switch storage {
    case .folder:
      do {
        return try Data(contentsOf: URL(filePath: absolute(path)), options: .mappedIfSafe)
      } catch {
        throw GalleyError(
          .missingInput, "can't read a file of the data set", at: path, why: FileError(.read, absolute(path)).reason)
      }
    case .zip(let archive): return try unpack(path) { (member) throws(ArchiveProblem) in try archive.read(member) }
    case .tar(let archive): return try unpack(path) { (member) throws(ArchiveProblem) in try archive.read(member) }
    }
  }

  /// The first bytes of a file: at most `count`, fewer if it is shorter.
  /// - Throws: `GalleyError` if it is missing or can't be read.
  public func head(_ path: String, count: Int) throws(GalleyError) -> Data {
    guard case .folder = storage else { return try read(path).prefix(count) }
    guard let file = OpenFile(path: absolute(path)) else {
      throw GalleyError(
        .missingInput, "can't read a file of the data set", at: path, why: FileError(.read, absolute(path)).reason)
    }
    return file.head(count)
  }

  /// The text of a file, which must be UTF-8; a byte order mark is left out.
  /// - Throws: `GalleyError` if it can't be read or is no text.
  func text(_ path: String) throws(GalleyError) -> String {
    let data = try read(path)
    guard
      let text = String(validating: data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data, as: UTF8.self)
    else { throw GalleyError(.badData, "can't read a file of the data set", at: path, why: "it is not UTF-8 text") }
    return text
  }

  /// The file that a path written in the data set means: as it stands from `folder` or the root, else without its
  /// first folders, which often belong to the machine where the data set was made.
  func resolve(_ written: String, from folder: String = "") -> String? {
    var steps = written.replacing("\\", with: "/").split(separator: "/").filter { $0 != "." }.map(String.init)
    while let place = steps.firstIndex(of: "..") {
      steps.remove(at: place)
      if place > 0, steps[place - 1] != ".." { steps.remove(at: place - 1) }
    }
    while !steps.isEmpty {
      let path = steps.joined(separator: "/")
      if !folder.isEmpty, contains("\(folder)/\(path)") { return "\(folder)/\(path)" }
      if contains(path) { return path }
      steps.removeFirst()
    }
    return nil
  }

  /// How an item refers to a file.
  public func source(_ path: String) -> ItemSource {
    if case .folder = storage { return .file(absolute(path)) }
    return .member(archive: root, path: prefix + path)
  }

  private func absolute(_ path: String) -> String { "\(root)/\(prefix)\(path)" }

  private func unpack(
    _ path: String, _ body: (ArchiveMember) throws(ArchiveProblem) -> [UInt8]
  ) throws(GalleyError) -> Data {
    guard let member = members[path] else {
      throw GalleyError(
        .missingInput, "can't read a file of the data set", at: path, why: "the archive has no such file")
    }
    do {
      return Data(try body(member))
    } catch {
      throw GalleyError(.badData, "can't read a file of the data set", at: path, why: error.why)
    }
  }
}
