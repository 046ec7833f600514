// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Archives
internal import Files
internal import Galley
internal import Glibc
internal import Platform

/// Folders as zip archives.
enum ArchiveFile {
  private static let what = "can't export the data set"
  /// Bytes that are read at a time, and that may be ready before they are written.
  private static let portion = 1 << 20

  /// Packs a folder's files, in the order of their paths.
  /// - Returns: how many bytes the archive has.
  static func pack(_ folder: String, into target: String) throws -> Int {
    let descriptor = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw GalleyError(writing: FileError(.create, target), what) }
    defer { close(descriptor) }
    let archive = ZipStream()
    var count = 0
    func write(atLeast bound: Int) throws {
      guard archive.readyCount >= bound else { return }
      let bytes = archive.take()
      count += bytes.count
      try bytes.withUnsafeBytes { try AtomicFile.append($0, to: descriptor, named: target) }
    }
    do {
      for path in PlatformStore.paths(below: folder) {
        try add(path, "\(folder)/\(path)", to: archive) { try write(atLeast: portion) }
      }
      try archive.finish()
      try write(atLeast: 0)
    } catch let error as FileError {
      throw GalleyError(writing: error, what)
    } catch let error as ArchiveProblem {
      throw GalleyError(.badData, what, at: error.member, why: error.why)
    }
    return count
  }

  private static func add(_ path: String, _ file: String, to archive: ZipStream, _ write: () throws -> Void) throws {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(.read, file) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(.read, file) }
    try archive.begin(path, byteCount: Int(status.st_size))
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: portion, alignment: 64)
    defer { buffer.deallocate() }
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileError(.read, file) }
      guard count > 0 else { break }
      try archive.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      try write()
    }
    try archive.end()
    try write()
  }
}
