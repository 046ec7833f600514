// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc

/// An archive that grows, and is gone on with after an interruption.
final class PartialArchive {
  /// How many objects it holds.
  private(set) var objectCount = 0
  /// How many bytes it holds.
  var byteCount: Int { file.byteCount }

  private let path: String
  private let file: GrowingFile
  private static let failure = "can't write the bundle"
  /// Larger objects are hashed on a thread of their own while they are copied.
  private static let smallSize = 1 << 20

  /// Opens or creates the partial file of an archive.
  init(for path: String) throws(GalleyError) {
    self.path = path
    file = try GrowingFile(for: path, Self.failure)
  }

  /// The envelope of a partial file, read only to look.
  static func envelope(of partial: String) -> Envelope? {
    let descriptor = open(partial, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      let scan = try? ArchiveScan(descriptor, partial, Int(status.st_size), BundleLimits()),
      let data = try? scan.envelopeData()
    else { return nil }
    return try? Envelope(data, at: partial)
  }

  /// Keeps what the file has of the bundle already, proved, and cuts off the rest.
  /// - Returns: how many bytes of objects are kept.
  func resume(
    _ envelope: Envelope, _ objects: [BundleObject], _ report: inout ProgressReport
  ) throws(GalleyError) -> Int {
    let data = envelope.data
    let head =
      Data(ArchiveHeader.blocks(name: ArchiveHeader.envelopeName, size: data.count)) + data
      + Data(count: ArchiveHeader.padding(data.count))
    var kept = 0
    if hasAt(0, head) {
      file.keep(head.count)
      for object in objects {
        guard holds(object) else { break }
        file.keep(ArchiveHeader.length(size: object.size))
        objectCount += 1
        kept += object.size
        report.add(object.size)
      }
    }
    try file.cut()
    if byteCount == 0 { try file.append(head) }
    return kept
  }

  /// Writes the next object.
  func append(
    _ object: BundleObject, _ content: ObjectContent, _ report: inout ProgressReport
  ) throws(GalleyError) {
    try file.append(Data(ArchiveHeader.blocks(name: Self.name(of: object), size: object.size)))
    try copy(object, content, &report)
    try file.append(Data(count: ArchiveHeader.padding(object.size)))
    objectCount += 1
  }

  /// Ends the archive, flushes it, and gives it its name.
  func finish() throws(GalleyError) {
    try file.append(Data(ArchiveHeader.end))
    try file.finish()
  }

  /// Removes the partial file.
  func abandon() { file.abandon() }
}

// MARK: - Bytes

extension PartialArchive {
  private func copy(
    _ object: BundleObject, _ content: ObjectContent, _ report: inout ProgressReport
  ) throws(GalleyError) {
    let found: Digest
    switch content {
    case .data(let data):
      try check(object, size: data.count, "bytes in memory")
      found = Digest(of: data)
      try file.append(data)
      report.add(data.count)
    case .file(let source):
      try check(object, size: try Self.size(of: source), source)
      found =
        object.size > Self.smallSize
        ? try copyLarge(source, object, &report) : try copySlice(source, 0, object, &report)
    case .slice(let source, let offset):
      let size = try Self.size(of: source)
      guard offset >= 0, offset <= size, object.size <= size - offset else {
        throw changed(object, "\(source) has no \(object.size) bytes from byte \(offset) on")
      }
      found = try copySlice(source, offset, object, &report)
    }
    guard found == object.digest else { throw changed(object, "its bytes have the digest \(found)") }
  }

  private func copyLarge(
    _ source: String, _ object: BundleObject, _ report: inout ProgressReport
  ) throws(GalleyError) -> Digest {
    var reported = 0
    do throws(FileError) {
      let copy = try HashedCopy(of: source, to: file.descriptor, named: file.partial) { done in
        report.add(done - reported)
        reported = done
      }
      file.keep(copy.byteCount)
      return copy.digest
    } catch {
      throw error.operation == .read ? Self.unreadable(source, error) : GalleyError(writing: error, Self.failure)
    }
  }

  private func copySlice(
    _ source: String, _ offset: Int, _ object: BundleObject, _ report: inout ProgressReport
  ) throws(GalleyError) -> Digest {
    let from = open(source, O_RDONLY | O_CLOEXEC)
    guard from >= 0 else { throw Self.unreadable(source, FileError(.read, source)) }
    defer { close(from) }
    return try ArchiveBytes(from, source).digest(offset, object.size) { piece throws(GalleyError) in
      try file.append(piece)
      report.add(piece.count)
    }
  }

  /// Whether the file holds an object, whole and undamaged, behind what is kept.
  private func holds(_ object: BundleObject) -> Bool {
    let header = Data(ArchiveHeader.blocks(name: Self.name(of: object), size: object.size))
    let start = byteCount + header.count
    guard hasAt(byteCount, header), hasAt(start + object.size, Data(count: ArchiveHeader.padding(object.size))) else {
      return false
    }
    let found = try? ArchiveBytes(file.descriptor, file.partial).digest(start, object.size) { _ in }
    return found == object.digest
  }

  private func hasAt(_ place: Int, _ expected: Data) -> Bool {
    var found = Data(count: expected.count)
    let isRead = found.withUnsafeMutableBytes { bytes in
      (try? ArchiveBytes(file.descriptor, file.partial).read(bytes, at: place)) != nil
    }
    return isRead && found == expected
  }

  private func check(_ object: BundleObject, size: Int, _ source: String) throws(GalleyError) {
    guard size == object.size else {
      throw changed(object, "\(source) has \(size) bytes, and \(object.size) were expected")
    }
  }

  private func changed(_ object: BundleObject, _ why: String) -> GalleyError {
    GalleyError(
      .badData, Self.failure, at: path, why: "the object \(object.digest.short) was damaged or changed: \(why)",
      remedy: "Prepare again, then export again.")
  }

  private static func name(of object: BundleObject) -> String { ArchiveHeader.objectPrefix + object.digest.hex }

  private static func size(of source: String) throws(GalleyError) -> Int {
    var status = stat()
    guard stat(source, &status) == 0 else { throw unreadable(source, FileError(.read, source)) }
    return Int(status.st_size)
  }

  private static func unreadable(_ source: String, _ error: FileError) -> GalleyError {
    GalleyError(.missingInput, failure, at: source, why: error.reason)
  }
}
