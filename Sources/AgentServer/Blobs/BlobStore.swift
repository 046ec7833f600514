// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Files
package import FoundationEssentials
package import Galley
internal import Glibc
internal import Synchronization
package import TargetProtocol

/// Blobs in a folder, named by their digest: `blobs` has the whole ones, `begun` those that are on their way or were
/// interrupted, `new` what measuring processes write.
package final class BlobStore: Sendable {
  let folder: String
  let shelf: Mutex<BlobShelf>
  /// The rests that an upload goes on with.
  private let taken = Mutex<Set<String>>([])
  /// Bytes of the disk that are left to others.
  private static let spare: UInt64 = 16 << 20

  package struct Counts: Sendable, Hashable, Codable {
    package var count: Int
    package var byteCount: UInt64
    package var quotaBytes: UInt64
    /// Uploads that were interrupted.
    package var begun: Int
    /// Of the disk, without what is left to others.
    package var freeBytes: UInt64
  }

  /// Opens a folder, throws away what nobody can use any more, and notes what is there.
  /// - Parameters:
  ///   - quota: Most bytes.
  ///   - restSeconds: How long what came of an interrupted upload is kept.
  /// - Throws: `GalleyError` if the folder can't be used.
  package init(in folder: String, quota: UInt64, restSeconds: Double) throws(GalleyError) {
    self.folder = folder
    shelf = Mutex(BlobShelf(quota: quota))
    for name in ["blobs", "begun", "new", "named"] { try Self.prepare("\(folder)/\(name)") }
    sweep(restSeconds: restSeconds)
  }

  private static func prepare(_ path: String) throws(GalleyError) {
    do throws(FileError) {
      try AtomicFile.createFolder(path)
      guard chmod(path, 0o700) == 0, access(path, W_OK | X_OK) == 0 else { throw FileError(.create, path) }
    } catch {
      throw GalleyError(
        .cantCreate, "can't keep blobs", at: path, why: error.reason,
        remedy: "Let the agent's user write there, or choose another folder (state-folder).")
    }
  }

  package var counts: Counts {
    let free = freeBytes()
    return shelf.withLock {
      Counts(count: $0.count, byteCount: $0.byteCount, quotaBytes: $0.quota, begun: $0.restCount, freeBytes: free)
    }
  }

  /// The file of a blob, whether it is there or not.
  package func path(of digest: Digest) -> String { "\(folder)/blobs/\(digest)" }

  /// The folder of what a session's processes write.
  private func freshFolder(_ session: UInt64) -> String { "\(folder)/new/\(session)" }

  /// The file for a new blob of a session, whose digest isn't known yet.
  func freshPath(_ number: UInt64, for session: UInt64) -> String {
    mkdir(freshFolder(session), 0o700)
    return "\(freshFolder(session))/\(number)"
  }

  /// The file of an upload.
  func begunPath(_ name: String) -> String { "\(folder)/begun/\(name)" }

  // MARK: Using

  /// Keeps a blob for a session until that ends.
  /// - Returns: its file and size; `nil` if it isn't here.
  package func use(_ digest: Digest, by session: UInt64) -> (path: String, byteCount: UInt64)? {
    guard let byteCount = shelf.withLock({ $0.use(digest, by: session) }) else { return nil }
    var status = stat()
    // Somebody may have deleted it by hand.
    guard stat(path(of: digest), &status) == 0, UInt64(status.st_size) == byteCount else {
      shelf.withLock { $0.remove(digest) }
      return nil
    }
    return (path(of: digest), byteCount)
  }

  /// A session has ended, and its processes are gone: what they were writing is nobody's.
  package func release(_ session: UInt64) {
    shelf.withLock { $0.release(session) }
    Self.deleteFolder(freshFolder(session))
  }

  // MARK: Uploads

  /// Makes room and the file for a blob that isn't here.
  /// - Parameters:
  ///   - owner: Whose upload it is: nobody goes on with another's.
  ///   - number: The upload's number, used once.
  /// - Throws: `RequestFailure` (`quota`).
  package func begin(_ blob: Blob, owner: String, number: UInt64) throws(RequestFailure) -> BlobUpload {
    let usual = "\(blob.digest).\(owner)"
    let isFree = taken.withLock { $0.insert(usual).inserted }
    let name = isFree ? usual : "\(usual).\(number)"
    if !isFree { taken.withLock { _ = $0.insert(name) } }
    let rest = isFree ? shelf.withLock { $0.removeRest(name) } : nil
    guard reserve(blob.byteCount, written: rest ?? 0, number) else {
      if let rest { shelf.withLock { $0.addRest(name, byteCount: rest) } }
      forget(name, number)
      throw Self.noRoom(blob.byteCount)
    }
    do throws(FileError) {
      return try BlobUpload(blob, name: name, number: number, path: begunPath(name))
    } catch {
      // What came before can't be gone on with, and is counted no longer.
      unlink(begunPath(name))
      forget(name, number)
      throw Self.failure(error)
    }
  }

  /// Writes the next bytes of an upload.
  /// - Throws: `RequestFailure`; the upload is to be abandoned.
  package func append(_ bytes: Data, to upload: BlobUpload) throws(RequestFailure) {
    do throws(FileError) { try upload.append(bytes) } catch { throw Self.failure(error) }
    let written = upload.offset
    shelf.withLock { $0.note(written, of: upload.number) }
  }

  /// Ends an upload that is whole: it becomes a blob.
  /// - Throws: `RequestFailure` (`digest`, `quota`); the bytes are thrown away.
  package func complete(_ upload: BlobUpload, for session: UInt64) throws(RequestFailure) {
    guard upload.settle() else { throw Self.failure(FileError(.write, upload.path, number: EBADF)) }
    defer { forget(upload.name, upload.number) }
    do throws(FileError) {
      let digest = try upload.finish()
      if digest == upload.blob.digest { return try adopt(upload.path, as: upload.blob, for: session) }
    } catch {
      unlink(upload.path)
      throw Self.failure(error)
    }
    unlink(upload.path)
    throw RequestFailure(
      .digest, exitCode: .badData, what: "can't keep a blob", why: "the bytes have another SHA-256")
  }

  /// Ends an upload before its end; what came is kept for a while. One that has ended has nothing any more: its name may
  /// be another's.
  package func interrupt(_ upload: BlobUpload) {
    guard upload.settle() else { return }
    let length = upload.close()
    if length > 0, !upload.name.hasSuffix(".\(upload.number)") {
      shelf.withLock { $0.addRest(upload.name, byteCount: length) }
    } else {
      unlink(upload.path)
    }
    forget(upload.name, upload.number)
  }

  /// Ends an upload whose bytes couldn't be written; nothing of it stays.
  package func abandon(_ upload: BlobUpload) {
    guard upload.settle() else { return }
    _ = upload.close()
    unlink(upload.path)
    forget(upload.name, upload.number)
  }

  /// Takes a file that a measuring process wrote.
  /// - Throws: `RequestFailure`; the file is gone then.
  func adopt(fresh path: String, digest: Digest, for session: UInt64, number: UInt64) throws(RequestFailure) {
    defer { forget("", number) }
    var status = stat()
    do throws(FileError) {
      guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { throw FileError(.read, path) }
      let blob = Blob(digest: digest, byteCount: UInt64(status.st_size))
      guard try Digest(ofFileAt: path) == digest else { throw FileError(.read, path, number: EIO) }
      guard shelf.withLock({ $0.size(of: digest) }) == nil else {
        unlink(path)
        _ = shelf.withLock { $0.use(digest, by: session) }
        return
      }
      guard reserve(blob.byteCount, written: blob.byteCount, number) else {
        throw FileError(.write, path, number: ENOSPC)
      }
      try adopt(path, as: blob, for: session)
    } catch {
      unlink(path)
      throw Self.failure(error)
    }
  }

  private func adopt(_ path: String, as blob: Blob, for session: UInt64) throws(FileError) {
    chmod(path, 0o400)
    let place = self.path(of: blob.digest)
    try shelf.withLock { shelf throws(FileError) in
      guard rename(path, place) == 0 else { throw FileError(.replace, place) }
      shelf.add(blob.digest, byteCount: blob.byteCount)
      _ = shelf.use(blob.digest, by: session)
    }
  }

  private func forget(_ name: String, _ number: UInt64) {
    taken.withLock { _ = $0.remove(name) }
    shelf.withLock { $0.withdraw(number) }
  }

  /// Promises room; deletes what has to leave.
  private func reserve(_ byteCount: UInt64, written: UInt64, _ number: UInt64) -> Bool {
    let free = freeBytes()
    // Files leave under the lock: nobody may bring back one of them between its leaving the shelf and the disk.
    return shelf.withLock { shelf in
      guard let leaving = shelf.promise(byteCount, written: written, to: number, free: free) else { return false }
      for name in leaving.rests { unlink(begunPath(name)) }
      for digest in leaving.blobs { delete(digest) }
      return true
    }
  }

  private func freeBytes() -> UInt64 {
    guard let free = DiskSpace.free(at: folder) else { return .max }
    return free > Self.spare ? free - Self.spare : free / 2
  }
}
