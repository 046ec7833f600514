// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Makes a zip archive of any size piece by piece (APPNOTE 6.3, zip64 where it is needed); only the directory is kept in
/// memory. Whoever makes it takes the bytes that are ready with ``take()``, and writes them where they belong.
///
/// Equal contents give equal bytes, as with ``ZipWriter``.
public final class ZipStream {
  private var ready: [UInt8] = []
  /// Bytes that came before those that are ready.
  private var taken = 0
  private var directory: [UInt8] = []
  private var count = 0
  private var entry: ZipEntry?
  private var deflater: Deflater?

  /// Bytes of a file's beginning that tell whether it can be compressed.
  private static let sample = 64 << 10

  /// Creates an empty archive.
  public init() {}

  /// How many bytes are ready.
  public var readyCount: Int { ready.count }

  /// The bytes that are ready, in their order; they are the caller's now.
  public func take() -> [UInt8] {
    defer {
      taken += ready.count
      ready = []
    }
    return ready
  }

  /// Begins a file; the one before it must have been ended.
  /// - Parameter byteCount: How many bytes it will have, as far as that is known.
  /// - Throws: `ArchiveProblem` if the path is too long.
  public func begin(_ path: String, byteCount: Int) throws(ArchiveProblem) {
    guard entry == nil else { throw ArchiveProblem("the file before it has no end", member: path) }
    guard path.utf8.count < 0xFFFF else { throw ArchiveProblem("its path is too long", member: path) }
    var entry = ZipEntry(path: Array(path.utf8), offset: taken + ready.count)
    entry.isDescribedAfterwards = true
    // Deflate may make it a little larger.
    entry.isLarge = byteCount >= 0xFF00_0000
    ready += entry.header
    self.entry = entry
  }

  /// Appends to the file that was begun.
  /// - Throws: `ArchiveProblem` if there is none, or it becomes larger than it was said to be and the format can take.
  public func append(_ bytes: UnsafeRawBufferPointer) throws(ArchiveProblem) {
    guard var entry else { throw ArchiveProblem("no file was begun") }
    guard !bytes.isEmpty else { return }
    let deflater = try deflater { Self.level(for: bytes) }
    let before = ready.count
    try deflater.append(bytes, to: &ready)
    entry.checksum = Compression.crc32(bytes, from: entry.checksum)
    entry.byteCount += bytes.count
    entry.packedCount += ready.count - before
    self.entry = entry
    try check(entry)
  }

  /// Ends the file that was begun.
  /// - Throws: `ArchiveProblem` if there is none, or it is larger than the format can take.
  public func end() throws(ArchiveProblem) {
    guard var entry else { throw ArchiveProblem("no file was begun") }
    let deflater = try deflater { 0 }
    let before = ready.count
    try deflater.finish(to: &ready)
    entry.packedCount += ready.count - before
    try check(entry)
    ready += entry.description
    directory += entry.record
    count += 1
    (self.entry, self.deflater) = (nil, nil)
  }

  /// Ends the archive; the last bytes are ready then.
  /// - Throws: `ArchiveProblem` if a file has no end.
  public func finish() throws(ArchiveProblem) {
    guard entry == nil else { throw ArchiveProblem("the last file has no end") }
    let end = ZipEnd(count: count, directory: (taken + ready.count, directory.count))
    ready += directory
    ready += end.bytes
    directory = []
  }

  /// What compresses the file, which begins with its first bytes.
  private func deflater(_ level: () -> Int) throws(ArchiveProblem) -> Deflater {
    if let deflater { return deflater }
    let new = try Deflater(level: level())
    deflater = new
    return new
  }

  private func check(_ entry: ZipEntry) throws(ArchiveProblem) {
    guard entry.isLarge || max(entry.byteCount, entry.packedCount) < ZipEntry.bound else {
      throw ArchiveProblem("it grew while it was read", member: String(decoding: entry.path, as: UTF8.self))
    }
  }

  /// Pictures and the like are compressed already: trying again costs time, and gains nothing.
  private static func level(for bytes: UnsafeRawBufferPointer) -> Int {
    let start = Array(bytes.prefix(sample))
    let packed = Compression.deflate(start, wrapping: .raw, level: 1)?.count ?? start.count
    return packed < start.count - start.count / 32 ? 6 : 0
  }
}
