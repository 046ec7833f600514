// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Glibc

/// Lets one process at a time fetch an artifact; the kernel gives the lock back when a process dies.
///
/// The lock's file holds nothing until the bytes are in place and then their path, for those who waited. Whoever finishes
/// removes the name; the file itself lives as long as somebody waits with it.
final class FetchLock: Sendable {
  private let path: String
  private let descriptor: CInt

  private init(path: String, descriptor: CInt) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Opens the lock's file. Keep the result while waiting: it is how the path of a finished fetch arrives.
  static func open(_ path: String) throws(FileError) -> FetchLock {
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw FileError(.create, path) }
    return FetchLock(path: path, descriptor: descriptor)
  }

  /// Tries to get the lock, without waiting; whether it is ours now.
  func attempt() throws(FileError) -> Bool {
    switch AdvisoryLock.attempt(.exclusive, of: descriptor) {
    case .taken: return true
    case .held: return false
    case .impossible(let number): throw FileError(.create, path, number: number)
    }
  }

  /// Tells those who wait where the bytes are, and ends the lock.
  func finish(at result: String) {
    let bytes = Array(result.utf8)
    if bytes.count < Self.longestResult { _ = pwrite(descriptor, bytes, bytes.count, 0) }
    end()
  }

  /// Ends the lock; those who wait begin anew.
  func end() {
    if isCurrent { unlink(path) }
    AdvisoryLock.release(descriptor)
  }

  /// Forgets a result that turned out not to be there.
  func clear() { ftruncate(descriptor, 0) }

  private static let longestResult = 8192

  /// Where whoever had the lock before put the bytes.
  var result: String? {
    var bytes = [UInt8](repeating: 0, count: Self.longestResult)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    return count > 0 ? String(validating: bytes.prefix(count), as: UTF8.self) : nil
  }

  /// Whether the name still leads to this file: only then does the lock keep others out.
  var isCurrent: Bool { FileFacts.leads(path, to: descriptor) }
}
