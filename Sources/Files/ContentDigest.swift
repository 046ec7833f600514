// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The digest of a file or of everything in a folder.
extension Digest {
  /// The digest of what lies at `path`: a file's bytes, or for a folder that of a list of its files, each with its
  /// digest and its relative path, in the order of the paths' bytes.
  ///
  /// Hidden files count, empty folders don't; symbolic links are followed.
  /// - Throws: `FileError` if a file can't be read, or folders lie in each other without end.
  public init(ofContentAt path: String) throws(FileError) {
    if FolderContent.isFolder(path) {
      self = try FolderContent(of: path).digest
    } else {
      try self.init(ofFileAt: path)
    }
  }
}
