// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Makes a zip archive in memory, for files of up to 4 GiB in total. Equal contents give equal bytes: no times are
/// stored but 1 January 1980, the earliest that the format knows. ``ZipStream`` makes larger ones, piece by piece.
public struct ZipWriter {
  private var body: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  /// Creates an empty archive.
  public init() {}

  /// Appends a file.
  /// - Throws: `ArchiveProblem` if the archive would become too large.
  public mutating func append(_ path: String, _ content: [UInt8], compressed: Bool = true) throws(ArchiveProblem) {
    let packed = compressed ? Compression.deflate(content, wrapping: .raw) : nil
    let stored = packed.map { $0.count < content.count ? $0 : content } ?? content
    guard body.count + stored.count < 0xFFFF_0000, content.count < 0xFFFF_FFFF, count < 0xFFFE,
      path.utf8.count < 0xFFFF
    else { throw ArchiveProblem("the archive would become larger than 4 GiB or 65,534 files", member: path) }
    var entry = ZipEntry(path: Array(path.utf8), offset: body.count)
    entry.isDeflated = packed != nil && stored.count < content.count
    entry.checksum = content.withUnsafeBytes { Compression.crc32($0) }
    (entry.packedCount, entry.byteCount) = (stored.count, content.count)
    directory += entry.record
    body += entry.header
    body += stored
    count += 1
  }

  /// The archive's bytes.
  public func finished() -> [UInt8] {
    body + directory + ZipEnd(count: count, directory: (body.count, directory.count)).bytes
  }
}
