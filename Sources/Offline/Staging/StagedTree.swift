// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc
public import Pantry

/// A tree and where its files lie on this machine before they are in the pantry.
public struct StagedTree: Sendable, Hashable {
  /// How files may be taken over.
  enum Taking: Sendable, Hashable {
    /// By a second name for the same file, where that is possible: nobody changes it where it lies.
    case linking
    /// By a copy: whoever builds Galley may write into the file.
    case copying
  }

  /// The tree.
  public var tree: PantryTree
  /// The file of each entry that is one, by the entry's path.
  var sources: [String: String]
  let taking: Taking

  /// Bytes of all files; those that can't be looked at count nothing.
  public var byteCount: Int { sources.values.reduce(0) { $0 + (Self.size(of: $1) ?? 0) } }

  private static func size(of path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
  }

  /// A tree of the files at these places; their digests come from the cache where it has them.
  /// - Parameters:
  ///   - files: the file of each path.
  ///   - links: what the link at each path names.
  ///   - executables: the paths of programs.
  /// - Throws: `GalleyError` if a file can't be read.
  static func make(
    _ name: String, _ kind: PantryTree.Kind, files: [String: String], links: [String: String] = [:],
    executables: Set<String> = [], taking: Taking, digests: DigestCache
  ) throws(GalleyError) -> StagedTree {
    var entries: [PantryTree.Entry] = []
    for (path, file) in files {
      let digest = try digest(of: file, digests)
      entries.append(.init(path: path, digest: digest, isExecutable: executables.contains(path)))
    }
    for (path, link) in links { entries.append(.init(path: path, link: link)) }
    return StagedTree(
      tree: PantryTree(name: name, kind: kind, entries: entries), sources: files, taking: taking)
  }

  private static func digest(of file: String, _ digests: DigestCache) throws(GalleyError) -> Digest {
    do throws(FileError) {
      return try digests.digest(ofFileAt: file)
    } catch {
      throw GalleyError(
        .missingInput, "can't gather a file", at: error.path, why: error.reason, remedy: "Check that it may be read.")
    }
  }

  /// Puts all files and links of the tree into a folder.
  /// - Throws: `GalleyError` if a file can't be written, or was changed meanwhile.
  func put(into folder: String) throws(GalleyError) {
    for entry in tree.entries {
      let target = "\(folder)/\(entry.path)"
      if let link = entry.link {
        try put(link: link, at: target)
      } else if let source = sources[entry.path], let digest = entry.digest {
        try put(source, at: target, digest, isExecutable: entry.isExecutable)
      }
    }
  }

  private func put(link: String, at target: String) throws(GalleyError) {
    try explaining { () throws(FileError) in
      try AtomicFile.createFolder(String(target[..<(target.lastIndex(of: "/") ?? target.startIndex)]))
      unlink(target)
      guard symlink(link, target) == 0 else { throw FileError(.create, target) }
    }
  }

  private func put(
    _ source: String, at target: String, _ digest: Digest, isExecutable: Bool
  ) throws(GalleyError) {
    try explaining { () throws(FileError) in
      try AtomicFile.createFolder(String(target[..<(target.lastIndex(of: "/") ?? target.startIndex)]))
    }
    // What an interrupted setup left is put there again: it may be half written.
    unlink(target)
    // Of a link's file, not of the link.
    if taking == .linking, linkat(AT_FDCWD, source, AT_FDCWD, target, AT_SYMLINK_FOLLOW) == 0 { return }
    let copy = try explaining { () throws(FileError) in
      try CheckedCopy.make(of: source, at: target, mode: isExecutable ? 0o555 : 0o444)
    }
    guard copy.digest == digest else {
      throw GalleyError(
        .tryAgain, Self.what, at: source, why: "it was changed while it was gathered",
        remedy: "Run the command again when nothing is built or installed.")
    }
  }

  private static let what = "can't put a tree into the pantry"

  private func explaining<Result>(_ body: () throws(FileError) -> Result) throws(GalleyError) -> Result {
    do {
      return try body()
    } catch {
      throw GalleyError(writing: error, Self.what)
    }
  }
}

/// The files and links below a folder; links are not followed.
struct TreeWalk {
  private(set) var files: [String: String] = [:]
  private(set) var links: [String: String] = [:]

  /// Walks through a folder.
  /// - Parameter isWanted: whether a path, relative to the folder, is looked at; what lies below one that isn't, isn't.
  /// - Throws: `GalleyError` if a folder can't be read, or there is something else than files, folders and links.
  init(_ folder: String, isWanted: (String) -> Bool = { _ in true }) throws(GalleyError) {
    try walk(folder, "", isWanted, depthLeft: 64)
  }

  private mutating func walk(
    _ root: String, _ prefix: String, _ isWanted: (String) -> Bool, depthLeft: Int
  ) throws(GalleyError) {
    let folder = prefix.isEmpty ? root : "\(root)/\(prefix)"
    guard depthLeft > 0, let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw Self.failure(folder, "the folder can't be read")
    }
    for name in names.sorted() {
      let path = prefix.isEmpty ? name : "\(prefix)/\(name)"
      guard isWanted(path) else { continue }
      var status = stat()
      guard lstat("\(root)/\(path)", &status) == 0 else { continue }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: try walk(root, path, isWanted, depthLeft: depthLeft - 1)
      case S_IFREG: files[path] = "\(root)/\(path)"
      case S_IFLNK: links[path] = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(root)/\(path)")
      default: throw Self.failure("\(root)/\(path)", "it is neither a file nor a folder nor a link")
      }
    }
  }

  private static func failure(_ path: String, _ why: String) -> GalleyError {
    GalleyError(.badData, "can't gather a folder", at: path, why: why, remedy: "Install the library again.")
  }
}
