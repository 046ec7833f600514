// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Makes a zip archive in memory, for files of up to 4 GiB in total. Equal contents give equal bytes: no times are
/// stored but 1 January 1980, the earliest that the format knows.
public struct ZipWriter {
  private var body: [UInt8] = []
  private var directory: [UInt8] = []
  private var count: UInt16 = 0

  /// Creates an empty archive.
  public init() {}

  /// Appends a file.
  /// - Throws: `ArchiveProblem` if the archive would become too large.
  public mutating func append(_ path: String, _ content: [UInt8], compressed: Bool = true) throws(ArchiveProblem) {
    let packed = compressed ? Compression.deflate(content, wrapping: .raw) : nil
    let stored = packed.map { $0.count < content.count ? $0 : content } ?? content
    let isDeflated = packed != nil && stored.count < content.count
    guard body.count + stored.count < 0xFFFF_0000, content.count < 0xFFFF_FFFF, count < 0xFFFE,
      path.utf8.count < 0xFFFF
    else { throw ArchiveProblem("the archive would become larger than 4 GiB or 65,534 files", member: path) }
    let checksum = content.withUnsafeBytes { Compression.crc32($0) }
    // Version 2.0, names in UTF-8, method, time 0, 1 January 1980, CRC, sizes, lengths of name and extra field.
    var head: [UInt8] = []
    for value: UInt16 in [20, 1 << 11, isDeflated ? 8 : 0, 0, 0x21] { head.append(littleEndian: value) }
    head.append(littleEndian: checksum)
    head.append(littleEndian: UInt32(stored.count))
    head.append(littleEndian: UInt32(content.count))
    head.append(littleEndian: UInt16(path.utf8.count))
    head.append(littleEndian: UInt16(0))
    let offset = UInt32(body.count)
    directory.append(littleEndian: UInt32(0x0201_4B50))
    directory.append(littleEndian: UInt16(20))
    directory += head
    for _ in 0..<3 { directory.append(littleEndian: UInt16(0)) }
    directory.append(littleEndian: UInt32(0))
    directory.append(littleEndian: offset)
    directory += Array(path.utf8)
    body.append(littleEndian: UInt32(0x0403_4B50))
    body += head + Array(path.utf8)
    body += stored
    count += 1
  }

  /// The archive's bytes.
  public func finished() -> [UInt8] {
    var archive = body + directory
    archive.append(littleEndian: UInt32(0x0605_4B50))
    for value: UInt16 in [0, 0, count, count] { archive.append(littleEndian: value) }
    archive.append(littleEndian: UInt32(directory.count))
    archive.append(littleEndian: UInt32(body.count))
    archive.append(littleEndian: UInt16(0))
    return archive
  }
}

extension [UInt8] {
  /// Appends a number, its lowest byte first.
  mutating func append(littleEndian number: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
  }
}
