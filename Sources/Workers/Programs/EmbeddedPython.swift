// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Pantry

/// The Python package that hosts a worker's file. It lies in the program, so that any Python can run it without an
/// installation, and is unpacked once.
public enum EmbeddedPython {
  /// The bytes of each file, by its path in the package's folder.
  public static var files: [String: [UInt8]] { EmbeddedPythonTable.files }

  /// SHA-256 of the list of the files, each with its digest.
  public static let digest = FolderContent(
    entries: files.map { path, bytes in
      FolderContent.Entry(path: path, digest: Digest(of: Data(bytes)), byteCount: bytes.count)
    }
  ).digest

  /// The folder of the unpacked package; it is whole, whoever unpacks it at the same time and whenever one is killed.
  /// - Throws: `GalleyError` (`cantCreate`) if it can't be written.
  static func unpacked(in home: WorkerHome) async throws -> String {
    let folder = "\(home.python)/\(digest.hex)"
    if access("\(folder)/galley/__init__.py", R_OK) == 0 { return folder }
    try await Pantry(root: home.root).withWorkFolder { work in
      let new = "\(work)/python"
      do throws(FileError) {
        for (path, bytes) in files { try AtomicFile.write(Data(bytes), to: "\(new)/\(path)") }
        try AtomicFile.createFolder(home.python)
      } catch {
        throw GalleyError(writing: error, "can't unpack the Python package")
      }
      try place(new, as: folder, "can't unpack the Python package")
    }
    return folder
  }

  /// Gives a whole folder its place. One that is there already is the same, and stays.
  static func place(_ new: String, as target: String, _ what: String) throws(GalleyError) {
    guard rename(new, target) != 0 else {
      if let slash = target.lastIndex(of: "/") { AtomicFile.flushFolder(String(target[..<slash])) }
      return
    }
    let number = errno
    guard number == EEXIST || number == ENOTEMPTY else {
      throw GalleyError(writing: FileError(.replace, target, number: number), what)
    }
  }
}
