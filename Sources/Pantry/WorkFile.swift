// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Glibc

/// A file under `work/` that this process is writing and that gets its name in the store when it is whole.
///
/// It is locked as long as it is open. What nobody holds was left by a killed process and is removed by the next one
/// that opens the pantry; a process number would not do, for containers that share a pantry have numbers of their own.
final class WorkFile {
  private(set) var path: String
  let descriptor: CInt
  private var isPlaced = false

  init(in root: String) throws(FileError) {
    while true {
      let path = "\(root)/work/\(UUID().uuidString).part"
      let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw FileError(.create, path) }
      // A shared lock, because it goes on as a lease when the file is an artifact.
      let isLocked = FileLock.take(.shared, of: descriptor)
      var status = stat()
      guard fstat(descriptor, &status) == 0, status.st_nlink > 0 else {
        // Somebody took it for abandoned in the instant before it was locked.
        close(descriptor)
        continue
      }
      self.path = path
      self.descriptor = descriptor
      if !isLocked { markByProcess(root) }
      return
    }
  }

  /// Takes a finished file over from elsewhere on the same disk; `nil` if it lies on another one, or has more names.
  convenience init?(moving source: String, in root: String) throws(FileError) {
    let descriptor = open(source, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
    guard descriptor >= 0 else { throw FileError(.read, source) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_nlink == 1 else {
      close(descriptor)
      return nil
    }
    _ = FileLock.take(.shared, of: descriptor)
    let path = "\(root)/work/\(UUID().uuidString).part"
    guard rename(source, path) == 0 else {
      let number = errno
      close(descriptor)
      guard number == EXDEV else { throw FileError(.replace, path, number: number) }
      return nil
    }
    self.init(path: path, descriptor: descriptor)
  }

  private init(path: String, descriptor: CInt) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit {
    if !isPlaced { unlink(path) }
    close(descriptor)
  }

  /// Writes `data` at the end.
  func write(_ data: Data) throws(FileError) {
    try AtomicFile.append(data, to: descriptor, named: path)
  }

  /// Makes the content durable and gives it its mode.
  func finish(mode: mode_t) throws(FileError) {
    guard fchmod(descriptor, mode) == 0, fsync(descriptor) == 0 else { throw FileError(.write, path) }
  }

  /// Gives the file its name in place of whatever has it.
  func replace(_ target: String) throws(FileError) {
    guard rename(path, target) == 0 else { throw FileError(.replace, target) }
    isPlaced = true
  }

  /// Gives an adopted file back.
  func moveBack(to source: String) throws(FileError) { if !isPlaced { try replace(source) } }

  /// Gives the file its name if nothing has it yet; says whether it did.
  func place(at target: String) throws(FileError) -> Bool {
    // A link, unlike a rename, never replaces: another process may hold a lease on what is there.
    if link(path, target) == 0 {
      unlink(path)
      isPlaced = true
      return true
    }
    if errno == EEXIST { return false }
    guard [EPERM, ENOTSUP, EMLINK, ENOSYS].contains(errno) else { throw FileError(.replace, target) }
    if FileStatus(target) != nil { return false }
    try replace(target)
    return true
  }

  /// Where files can't be locked, the process number in the name says whether the writer lives.
  private func markByProcess(_ root: String) {
    let marked = "\(root)/work/\(getpid())-\(UUID().uuidString)"
    if rename(path, marked) == 0 { path = marked }
  }
}
