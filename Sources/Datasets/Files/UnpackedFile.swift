// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Archives
internal import FoundationEssentials
internal import Glibc

/// The content of a compressed archive, in a temporary file that has no name and vanishes with its last user.
enum UnpackedFile {
  /// Decompresses gzip; the result is mapped, so that it takes no memory.
  /// - Throws: `ArchiveProblem` if the data is damaged, too large, or there is no room for it.
  static func unpacking(_ data: Data, limits: ArchiveLimits = ArchiveLimits()) throws(ArchiveProblem) -> Data {
    var template = Array((FileManager.default.temporaryDirectory.path() + "/galley-unpacked-XXXXXX").utf8CString)
    let descriptor = template.withUnsafeMutableBufferPointer { $0.baseAddress.map { mkstemp($0) } ?? -1 }
    guard descriptor >= 0 else { throw ArchiveProblem("no temporary file can be made") }
    defer { close(descriptor) }
    let path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    defer { unlink(path) }
    var isFull = false
    // What compresses better than Deflate can is not believed: the limit grows with the archive.
    let limit = min(
      limits.totalBytes, max(1 << 20, data.count.multipliedReportingOverflow(by: limits.ratio).partialValue))
    let failure = data.withUnsafeBytes { bytes in
      do throws(ArchiveProblem) {
        try Compression.inflate(bytes, wrapping: .gzip, limit: limit) { piece in
          if !isFull { isFull = !write(piece, to: descriptor) }
        }
        return nil as ArchiveProblem?
      } catch { return error }
    }
    if let failure { throw failure }
    guard !isFull, let mapped = try? Data(contentsOf: URL(filePath: path), options: .alwaysMapped) else {
      throw ArchiveProblem("the temporary folder has no room for its content")
    }
    return mapped
  }

  private static func write(_ piece: UnsafeRawBufferPointer, to descriptor: CInt) -> Bool {
    var rest = piece[...]
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = rest.dropFirst(count)
    }
    return true
  }
}
