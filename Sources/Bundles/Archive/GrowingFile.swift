// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc

/// A file that grows under a name of its own (`PATH.partial`), outlives its writer, and takes its own name when it is
/// whole.
final class GrowingFile {
  /// The name under which it grows.
  let partial: String
  /// How many bytes of it count.
  private(set) var byteCount = 0
  /// The open file.
  private(set) var descriptor: CInt

  private let path: String
  private let failure: String

  /// The name under which a file grows.
  static func partialPath(_ path: String) -> String { "\(path).partial" }

  /// Opens or creates the partial file; nobody else may be writing it.
  /// - Parameter failure: what fails if it can't be written, as a clause.
  init(for path: String, _ failure: String) throws(GalleyError) {
    self.path = path
    self.failure = failure
    partial = Self.partialPath(path)
    do throws(FileError) {
      try AtomicFile.createFolder(Self.folder(of: path))
    } catch {
      throw GalleyError(writing: error, failure)
    }
    descriptor = open(partial, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw GalleyError(writing: FileError(.create, partial), failure) }
    // Whoever held it may have finished it between the opening and the lock.
    guard AdvisoryLock.attempt(.exclusive, of: descriptor) == .taken, FileFacts.leads(partial, to: descriptor) else {
      close(descriptor)
      descriptor = -1
      throw GalleyError(
        .tryAgain, failure, at: path, why: "another process is writing it", remedy: "Wait until it is done.")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Counts bytes that the file has already.
  func keep(_ count: Int) { byteCount += count }

  /// Cuts the file to what counts, and goes to its end.
  func cut() throws(GalleyError) {
    guard ftruncate(descriptor, off_t(byteCount)) == 0, lseek(descriptor, off_t(byteCount), SEEK_SET) == byteCount
    else { throw GalleyError(writing: FileError(.write, partial), failure) }
  }

  /// Writes the next bytes.
  func append(_ bytes: UnsafeRawBufferPointer) throws(GalleyError) {
    do throws(FileError) {
      try AtomicFile.append(bytes, to: descriptor, named: partial)
    } catch {
      throw GalleyError(writing: error, failure)
    }
    byteCount += bytes.count
  }

  /// Writes the next bytes.
  func append(_ data: Data) throws(GalleyError) {
    do throws(FileError) {
      try AtomicFile.append(data, to: descriptor, named: partial)
    } catch {
      throw GalleyError(writing: error, failure)
    }
    byteCount += data.count
  }

  /// Flushes the file and gives it its name.
  func finish() throws(GalleyError) {
    guard fchmod(descriptor, 0o644) == 0, fsync(descriptor) == 0, rename(partial, path) == 0 else {
      throw GalleyError(writing: FileError(.replace, path), failure)
    }
    close(descriptor)
    descriptor = -1
    AtomicFile.flushFolder(Self.folder(of: path))
  }

  /// Removes the file.
  func abandon() {
    guard descriptor >= 0 else { return }
    unlink(partial)
    close(descriptor)
    descriptor = -1
  }

  private static func folder(of path: String) -> String {
    let folder = URL(filePath: path).deletingLastPathComponent().path
    return folder.isEmpty ? "." : folder
  }
}
