// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

internal import Glibc

/// A file that grows piece by piece under a temporary name in its folder, and takes its own name only when it is whole.
///
/// One that nobody finished is removed.
public final class AtomicFileStream {
  /// The name that the file will have.
  public let path: String
  /// Bytes that were written.
  public private(set) var byteCount = 0

  private let temporary: String
  private var descriptor: CInt
  private var buffer = Data()
  private static let bufferLength = 1 << 16

  /// Begins a file, creating its folders.
  /// - Throws: `FileError` if nothing can be written there.
  public init(_ path: String) throws(FileError) {
    self.path = path
    let folder = AtomicFile.parent(of: path) ?? "."
    try AtomicFile.createFolder(folder)
    var template = Array("\(folder)/.galley-XXXXXX".utf8CString)
    descriptor = template.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkstemp($0) } ?? -1 }
    temporary = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    guard descriptor >= 0 else { throw FileError(.create, path) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }

  deinit { abandon() }

  /// Writes the next bytes.
  /// - Throws: `FileError` if they can't be written or the file was finished.
  public func append(_ bytes: some Sequence<UInt8>) throws(FileError) {
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.bufferLength { try flush() }
  }

  /// Gives the file its name, in place of one that may have had it.
  /// - Throws: `FileError`; the file is then removed, and an earlier one stays as it was.
  public func finish() throws(FileError) {
    try flush()
    guard fchmod(descriptor, 0o644) == 0, fsync(descriptor) == 0, rename(temporary, path) == 0 else {
      let number = errno
      abandon()
      throw FileError(.replace, path, number: number)
    }
    close(descriptor)
    descriptor = -1
    AtomicFile.flushFolder(AtomicFile.parent(of: path) ?? ".")
  }

  private func flush() throws(FileError) {
    guard descriptor >= 0 else { throw FileError(.write, path, number: EBADF) }
    try AtomicFile.append(buffer, to: descriptor, named: path)
    byteCount += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }

  private func abandon() {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unlink(temporary)
    descriptor = -1
  }
}
