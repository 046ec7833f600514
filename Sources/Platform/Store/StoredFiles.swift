// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc

/// Files that are named by their digest; each is kept once, however many items and models have it.
struct StoredFiles: Sendable {
  let folder: String

  func path(of digest: String) -> String { "\(folder)/\(digest.prefix(2))/\(digest)" }

  /// Keeps bytes.
  func keep(_ data: Data) throws(FileError) -> (digest: Digest, byteCount: Int) {
    let digest = Digest(of: data)
    let path = path(of: digest.hex)
    if !FileManager.default.fileExists(atPath: path) { try AtomicFile.write(data, to: path) } else { touch(path) }
    return (digest, data.count)
  }

  /// Keeps a copy of a file. The digest is that of what was written, even if the source changes meanwhile.
  func keep(fileAt source: String) throws(FileError) -> (digest: Digest, byteCount: Int) {
    try AtomicFile.createFolder(folder)
    var template = Array("\(folder)/.galley-XXXXXX".utf8CString)
    let descriptor = template.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkstemp($0) } ?? -1 }
    let temporary = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    guard descriptor >= 0 else { throw FileError(.create, folder) }
    defer {
      close(descriptor)
      unlink(temporary)
    }
    let copy = try HashedCopy(of: source, to: descriptor, named: temporary)
    let path = path(of: copy.digest.hex)
    if FileManager.default.fileExists(atPath: path) {
      touch(path)
      return (copy.digest, copy.byteCount)
    }
    try AtomicFile.createFolder("\(folder)/\(copy.digest.hex.prefix(2))")
    guard fchmod(descriptor, 0o644) == 0, fsync(descriptor) == 0, rename(temporary, path) == 0 else {
      throw FileError(.replace, path)
    }
    AtomicFile.flushFolder("\(folder)/\(copy.digest.hex.prefix(2))")
    return (copy.digest, copy.byteCount)
  }

  /// Removes files that nothing names, if they have lain there for a while: a younger one may belong to something that
  /// another process is about to write down.
  /// - Returns: how many files were removed, and how many bytes they had.
  func collect(keeping digests: Set<String>, minimumAge: Double) -> (files: Int, bytes: Int) {
    var (count, bytes) = (0, 0)
    let now = Date().timeIntervalSince1970
    for part in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      let isPart = part.utf8.count == 2
      let names = isPart ? (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(part)")) ?? [] : [part]
      for name in names where !digests.contains(name) {
        let path = isPart ? "\(folder)/\(part)/\(name)" : "\(folder)/\(name)"
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
          now - Double(status.st_mtim.tv_sec) >= minimumAge, unlink(path) == 0
        else { continue }
        count += 1
        bytes += Int(status.st_size)
      }
    }
    return (count, bytes)
  }

  /// Makes a file young again, so that it isn't collected before what uses it is written down.
  private func touch(_ path: String) { utimensat(AT_FDCWD, path, nil, 0) }
}
