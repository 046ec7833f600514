// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Glibc

/// The digest of a file or of everything in a folder.
extension Digest {
  /// The digest of what lies at `path`: a file's bytes, or for a folder that of a list of its files, each with its
  /// digest and its relative path, in the order of the paths' bytes.
  ///
  /// Hidden files count, empty folders don't; symbolic links are followed.
  /// - Throws: `FileError` if a file can't be read, or folders lie in each other without end.
  public init(ofContentAt path: String) throws(FileError) {
    guard Self.isFolder(path) else {
      try self.init(ofFileAt: path)
      return
    }
    var names: [String] = []
    try Self.collect(in: path, under: "", depthLeft: 64, &names)
    var lines = ""
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      lines += "\(try Digest(ofFileAt: "\(path)/\(name)").hex)  \(name)\n"
    }
    self.init(of: lines)
  }

  private static func isFolder(_ path: String) -> Bool {
    var isFolder = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
  }

  private static func collect(
    in root: String, under prefix: String, depthLeft: Int, _ names: inout [String]
  ) throws(FileError) {
    let folder = prefix.isEmpty ? root : "\(root)/\(prefix)"
    guard depthLeft > 0 else { throw FileError(.read, folder, number: ELOOP) }
    guard let entries = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw FileError(.read, folder)
    }
    for entry in entries {
      let name = prefix.isEmpty ? entry : "\(prefix)/\(entry)"
      if isFolder("\(root)/\(name)") {
        try collect(in: root, under: name, depthLeft: depthLeft - 1, &names)
      } else {
        names.append(name)
      }
    }
  }
}
