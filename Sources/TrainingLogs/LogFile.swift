// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc

/// A file that grows by whole records, each in one write.
final class LogFile: Sendable {
  let path: String
  private let descriptor: CInt

  /// Opens a file, or creates it with its folders; an existing one is kept.
  init(_ path: String) throws(GalleyError) {
    self.path = path
    do throws(FileError) {
      if let slash = path.lastIndex(of: "/"), slash != path.startIndex {
        try AtomicFile.createFolder(String(path[..<slash]))
      }
    } catch {
      throw GalleyError(writing: error, "can't write the training log")
    }
    descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw GalleyError(writing: FileError(.create, path), "can't write the training log") }
  }

  deinit { close(descriptor) }

  /// Bytes that the file has.
  func count() throws(GalleyError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure() }
    return Int(status.st_size)
  }

  /// Writes bytes at a place; the file ends behind them.
  func write(_ bytes: [UInt8], at place: Int) throws(GalleyError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        pwrite(descriptor, buffer.baseAddress.map { $0 + written }, bytes.count - written, off_t(place + written))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure() }
      written += count
    }
    guard ftruncate(descriptor, off_t(place + bytes.count)) == 0 else { throw failure() }
  }

  private func failure() -> GalleyError {
    GalleyError(writing: FileError(.write, path), "can't write the training log")
  }

  /// Replaces a file by a whole other.
  static func replace(_ path: String, by bytes: [UInt8]) throws(GalleyError) {
    do throws(FileError) {
      try AtomicFile.write(Data(bytes), to: path)
    } catch {
      throw GalleyError(writing: error, "can't write the training log")
    }
  }

  /// The bytes of an earlier run's file; none if there is no file.
  static func earlier(_ path: String) throws(GalleyError) -> [UInt8] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    do {
      return [UInt8](try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw GalleyError(.missingInput, "can't read the earlier training log", at: path, why: "it may not be read")
    }
  }
}
