// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Dispatch
internal import FoundationEssentials
internal import Glibc
internal import Synchronization

/// What a folder holds: its files with their digests, in the order of their paths' bytes.
///
/// Hidden files count, empty folders don't; symbolic links are followed, so that a folder and its copy without links are
/// the same.
public struct FolderContent: Sendable, Hashable {
  /// One file.
  public struct Entry: Sendable, Hashable {
    /// Its path, relative to the folder, with `/` between the parts.
    public let path: String
    /// SHA-256 of its bytes.
    public let digest: Digest
    /// Its size in bytes.
    public let byteCount: Int

    /// An entry whose digest is known.
    public init(path: String, digest: Digest, byteCount: Int) {
      self.path = path
      self.digest = digest
      self.byteCount = byteCount
    }
  }

  /// The files, in the order of their paths' bytes.
  public let entries: [Entry]

  /// A folder of which all is known.
  public init(entries: [Entry]) {
    self.entries = entries.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  /// Reads and hashes all files of a folder, on all processors. It blocks the calling thread.
  /// - Throws: `FileError` if a file can't be read or is none, or folders lie in each other without end.
  public init(of folder: String) throws(FileError) {
    let paths = try Self.paths(in: folder)
    struct State {
      var entries: [Entry] = []
      var failure: FileError?
    }
    let state = Mutex(State())
    DispatchQueue.concurrentPerform(iterations: paths.count) { position in
      guard state.withLock({ $0.failure == nil }) else { return }
      do throws(FileError) {
        let entry = try Self.entry(paths[position], in: folder)
        state.withLock { $0.entries.append(entry) }
      } catch {
        state.withLock { $0.failure = $0.failure ?? error }
      }
    }
    let (entries, failure) = state.withLock { ($0.entries, $0.failure) }
    if let failure { throw failure }
    self.init(entries: entries)
  }

  /// SHA-256 of the list of the files, each with its digest and its path on a line.
  public var digest: Digest {
    Digest(of: entries.reduce(into: "") { $0 += "\($1.digest.hex)  \($1.path)\n" })
  }

  /// Bytes of all files.
  public var byteCount: Int { entries.reduce(0) { $0 + $1.byteCount } }

  /// The relative paths of a folder's files, in no order.
  /// - Throws: `FileError` if a folder can't be read, or folders lie in each other without end.
  public static func paths(in folder: String) throws(FileError) -> [String] {
    var paths: [String] = []
    try collect(in: folder, under: "", depthLeft: 64, &paths)
    return paths
  }

  private static func entry(_ path: String, in folder: String) throws(FileError) -> Entry {
    let file = "\(folder)/\(path)"
    var status = stat()
    guard stat(file, &status) == 0 else { throw FileError(.read, file) }
    // To open a pipe would wait for its writer, for ever.
    guard status.st_mode & S_IFMT == S_IFREG else { throw FileError(.read, file, number: EINVAL) }
    return Entry(path: path, digest: try Digest(ofFileAt: file), byteCount: Int(status.st_size))
  }

  static func isFolder(_ path: String) -> Bool {
    var isFolder = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
  }

  private static func collect(
    in root: String, under prefix: String, depthLeft: Int, _ paths: inout [String]
  ) throws(FileError) {
    let folder = prefix.isEmpty ? root : "\(root)/\(prefix)"
    guard depthLeft > 0 else { throw FileError(.read, folder, number: ELOOP) }
    guard let entries = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw FileError(.read, folder)
    }
    for entry in entries {
      let path = prefix.isEmpty ? entry : "\(prefix)/\(entry)"
      if isFolder("\(root)/\(path)") {
        try collect(in: root, under: path, depthLeft: depthLeft - 1, &paths)
      } else {
        paths.append(path)
      }
    }
  }
}
