// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials

internal import Glibc

/// Files that are either whole or not there: written under a temporary name in the same folder, flushed to the disk,
/// then renamed.
public enum AtomicFile {
  /// Replaces the file at `path`, creating its folders.
  /// - Parameters:
  ///   - durably: whether it must outlast a power failure; a copy that can be made again need not.
  ///   - isPrivate: whether only its owner may read it (mode 0600); else everybody may (0644).
  /// - Throws: `FileError`; nothing is left behind and an earlier file stays as it was.
  public static func write(
    _ data: Data, to path: String, durably: Bool = true, isPrivate: Bool = false
  ) throws(FileError) {
    try replace(path, durably: durably, mode: isPrivate ? 0o600 : 0o644) { (descriptor: CInt) throws(FileError) in
      try append(data, to: descriptor, named: path)
    }
  }

  /// Replaces the file at `path` by a copy of the one at `source`.
  /// - Parameter durably: whether it must outlast a power failure; a copy that can be made again need not.
  /// - Throws: `FileError`; nothing is left behind and an earlier file stays as it was.
  public static func copy(_ source: String, to path: String, durably: Bool = true) throws(FileError) {
    try replace(path, durably: durably) { (descriptor: CInt) throws(FileError) in
      var failure: FileError?
      try ReadableFile.read(source, pieceLength: 1 << 20) { bytes in
        guard failure == nil else { return }
        do throws(FileError) { try WritableFile.write(bytes, to: descriptor, path) } catch { failure = error }
      }
      if let failure { throw failure }
    }
  }

  /// Writes bytes to an open file, at its present position.
  /// - Parameter path: the file's name, for errors.
  /// - Throws: `FileError`; a part may have been written.
  public static func append(_ data: Data, to descriptor: CInt, named path: String) throws(FileError) {
    let failure = data.withUnsafeBytes { bytes in
      do throws(FileError) {
        try WritableFile.write(bytes, to: descriptor, path)
        return nil as FileError?
      } catch {
        return error
      }
    }
    if let failure { throw failure }
  }

  /// Writes bytes to an open file, at its present position.
  /// - Parameter path: the file's name, for errors.
  /// - Throws: `FileError`; a part may have been written.
  public static func append(
    _ bytes: UnsafeRawBufferPointer, to descriptor: CInt, named path: String
  ) throws(FileError) {
    try WritableFile.write(bytes, to: descriptor, path)
  }

  /// Creates `path` as a folder with all folders above it.
  /// - Throws: `FileError` if it can't be created or something else has its name.
  public static func createFolder(_ path: String) throws(FileError) {
    if mkdir(path, 0o777) == 0 { return }
    let number = errno
    if number == EEXIST {
      var status = stat()
      guard stat(path, &status) == 0 else { throw FileError(.create, path) }
      guard status.st_mode & S_IFMT == S_IFDIR else { throw FileError(.create, path, number: ENOTDIR) }
      return
    }
    guard number == ENOENT, let parent = parent(of: path) else { throw FileError(.create, path, number: number) }
    try createFolder(parent)
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw FileError(.create, path) }
  }

  static func parent(of path: String) -> String? {
    let trimmed = path.hasSuffix("/") && path.utf8.count > 1 ? String(path.dropLast()) : path
    guard let slash = trimmed.lastIndex(of: "/") else { return nil }
    return slash == trimmed.startIndex ? "/" : String(trimmed[..<slash])
  }

  private static func replace(
    _ path: String, durably: Bool, mode: mode_t = 0o644, _ body: (CInt) throws(FileError) -> Void
  ) throws(FileError) {
    if isDevice(path) { return try writeInPlace(path, body) }
    let folder = parent(of: path) ?? "."
    try createFolder(folder)
    var template = Array("\(folder)/.galley-XXXXXX".utf8CString)
    let descriptor = template.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkstemp($0) } ?? -1 }
    guard descriptor >= 0 else { throw FileError(.create, path) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    let temporary = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    do throws(FileError) {
      try body(descriptor)
      guard fchmod(descriptor, mode) == 0, !durably || fsync(descriptor) == 0 else { throw FileError(.write, path) }
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    guard close(descriptor) == 0, rename(temporary, path) == 0 else {
      let number = errno
      unlink(temporary)
      throw FileError(.replace, path, number: number)
    }
    if durably { flushFolder(folder) }
  }

  /// Whether a path leads to something that must not be replaced: a terminal, `/dev/null`, a pipe.
  private static func isDevice(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    return [S_IFCHR, S_IFBLK, S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
  }

  private static func writeInPlace(_ path: String, _ body: (CInt) throws(FileError) -> Void) throws(FileError) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(.write, path) }
    defer { close(descriptor) }
    try body(descriptor)
  }

  /// Makes what was created, renamed or removed in a folder durable; a file system that can't flush folders is no
  /// reason to fail.
  public static func flushFolder(_ folder: String) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }
}
