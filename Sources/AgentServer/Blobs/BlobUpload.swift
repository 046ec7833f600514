// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Glibc
internal import Synchronization
package import TargetProtocol

/// A blob that comes: hashed while it is written. Its methods but `close()` belong to one queue.
package final class BlobUpload: Sendable {
  private struct State {
    var descriptor: CInt
    var digest = RunningDigest()
    var byteCount: UInt64 = 0
    var isSettled = false
  }

  package let blob: Blob
  let name: String
  let number: UInt64
  let path: String
  private let state: Mutex<State>

  /// Opens the file, and reads what is there from before.
  init(_ blob: Blob, name: String, number: UInt64, path: String) throws(FileError) {
    (self.blob, self.name, self.number, self.path) = (blob, name, number, path)
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw FileError(.create, path) }
    state = Mutex(State(descriptor: descriptor))
    do throws(FileError) {
      try readRest(descriptor)
    } catch {
      _ = close()
      throw error
    }
  }

  deinit { _ = close() }

  /// Where the upload goes on.
  package var offset: UInt64 { state.withLock { $0.byteCount } }

  private func readRest(_ descriptor: CInt) throws(FileError) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(.read, path) }
    guard UInt64(status.st_size) <= blob.byteCount else {
      guard ftruncate(descriptor, 0) == 0 else { throw FileError(.write, path) }
      return
    }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 4096)
    defer { buffer.deallocate() }
    while true {
      let count = read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw FileError(.read, path) }
      guard count > 0 else { return }
      state.withLock { state in
        state.digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        state.byteCount += UInt64(count)
      }
    }
  }

  /// Writes the next bytes.
  /// - Throws: `FileError`; what is on the disk is cut back to what was counted.
  func append(_ bytes: Data) throws(FileError) {
    let failure = state.withLock { state -> FileError? in
      guard state.descriptor >= 0 else { return FileError(.write, path, number: EBADF) }
      return bytes.withUnsafeBytes { buffer in
        do throws(FileError) {
          try AtomicFile.append(buffer, to: state.descriptor, named: path)
        } catch {
          _ = ftruncate(state.descriptor, off_t(clamping: state.byteCount))
          return error
        }
        state.digest.update(buffer)
        state.byteCount += UInt64(buffer.count)
        return nil
      }
    }
    if let failure { throw failure }
  }

  /// Flushes and closes the file.
  /// - Returns: the digest of all bytes.
  func finish() throws(FileError) -> Digest {
    let (digest, number) = state.withLock { state -> (Digest, CInt) in
      // Whoever asks later is told that the blob is whole; after a power failure that must still hold.
      let number = fdatasync(state.descriptor) == 0 ? 0 : errno
      return (state.digest.finish(), number)
    }
    _ = close()
    guard number == 0 else { throw FileError(.write, path, number: number) }
    return digest
  }

  /// Whoever asks first decides what becomes of the upload.
  func settle() -> Bool {
    state.withLock { state in
      defer { state.isSettled = true }
      return !state.isSettled
    }
  }

  /// Closes the file.
  /// - Returns: how many bytes it has.
  func close() -> UInt64 {
    state.withLock { state in
      if state.descriptor >= 0 { Glibc.close(state.descriptor) }
      state.descriptor = -1
      return state.byteCount
    }
  }
}
