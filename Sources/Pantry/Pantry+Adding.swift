// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import FoundationEssentials
internal import GRDB
internal import Galley
internal import Glibc

/// Adding artifacts: whole, once, and under the digest of the bytes that were stored.
extension Pantry {
  /// Keeps bytes.
  /// - Parameter note: what the bytes don't say; of an artifact that is there already, only what was not known is
  ///   taken over.
  /// - Returns: their digest.
  /// - Throws: `GalleyError`; the store is then as it was.
  @discardableResult
  public func store(_ data: Data, note: ArtifactNote = ArtifactNote()) throws -> Digest {
    let digest = Digest(of: data)
    if try keepPresent(digest, note) { return digest }
    return try add(note) { file in
      try explaining(Self.storing) { () throws(FileError) in
        try checkRoom(for: data.count)
        try file.write(data)
      }
      return digest
    }
  }

  /// Keeps a copy of a file, hashed and written in one pass.
  /// - Parameters:
  ///   - source: the file.
  ///   - note: what the bytes don't say; of an artifact that is there already, only what was not known is taken over.
  ///   - expected: the digest that it must have, if known.
  ///   - progress: receives the number of bytes copied so far, on this thread.
  /// - Returns: its digest.
  /// - Throws: `GalleyError` if it can't be read or written or has another digest; the store is then as it was.
  @discardableResult
  public func store(
    fileAt source: String, note: ArtifactNote = ArtifactNote(), expecting expected: Digest? = nil,
    progress: (Int) -> Void = { _ in }
  ) throws -> Digest {
    var status = stat()
    guard stat(source, &status) == 0 else { throw unreadable(FileError(.read, source)) }
    guard status.st_mode & S_IFMT != S_IFDIR else { throw unreadable(FileError(.read, source, number: EISDIR)) }
    let byteCount = Int(status.st_size)
    // Something of this size is there already: maybe the same. Hashing alone is cheaper than writing it again.
    if byteCount > 1 << 20, try hasArtifact(ofSize: byteCount) {
      let digest = try digestOfFile(source)
      try check(digest, source, expected)
      if try keepPresent(digest, note) { return digest }
    }
    return try add(note) { file in
      let copy = try explainingCopy(source) { () throws(FileError) in
        try checkRoom(for: byteCount)
        return try HashedCopy(of: source, to: file.descriptor, named: file.path, progress: progress)
      }
      try check(copy.digest, source, expected)
      return copy.digest
    }
  }

  /// Keeps a file that lies in one of the pantry's work folders, by moving it in; from elsewhere it is copied.
  /// - Parameters:
  ///   - source: a file that nobody else changes; it is gone afterwards.
  ///   - note: what the bytes don't say.
  ///   - expected: the digest that it must have, if known.
  /// - Returns: its digest.
  /// - Throws: `GalleyError` if it can't be read or moved or has another digest; the file then stays.
  @discardableResult
  public func adopt(
    fileAt source: String, note: ArtifactNote = ArtifactNote(), expecting expected: Digest? = nil
  ) throws -> Digest {
    let moved = try explaining(Self.storing) { () throws(FileError) in try WorkFile(moving: source, in: root) }
    guard let moved else {
      let digest = try store(fileAt: source, note: note, expecting: expected)
      unlink(source)
      return digest
    }
    do {
      let digest = try digestOfFile(moved.path)
      try check(digest, source, expected)
      if try !keepPresent(digest, note) { try add(moved, digest, note) }
      return digest
    } catch {
      try? moved.moveBack(to: source)
      throw error
    }
  }
}

extension Pantry {
  static let storing = "can't keep an artifact"

  /// Writes an artifact under a temporary name and gives it the digest that `write` returns.
  private func add(_ note: ArtifactNote, _ write: (WorkFile) throws -> Digest) throws -> Digest {
    let file = try explaining(Self.storing) { () throws(FileError) in try WorkFile(in: root) }
    let digest = try write(file)
    if try keepPresent(digest, note) { return digest }
    try add(file, digest, note)
    return digest
  }

  /// Gives a whole file its place, its note and its row.
  private func add(_ file: WorkFile, _ digest: Digest, _ note: ArtifactNote) throws {
    let target = path(of: digest)
    let folder = "\(root)/artifacts/\(digest.hex.prefix(2))"
    let isNew = try explaining(Self.storing) { () throws(FileError) in
      try file.finish(mode: 0o444)
      if FileStatus(folder) == nil {
        try AtomicFile.createFolder(folder)
        AtomicFile.flushFolder("\(root)/artifacts")
      }
      return try file.place(at: target)
    }
    // Another process was faster by an instant.
    guard isNew else { return try add(afterAll: file, digest, note) }
    do {
      try annotate(digest, note, pinned: nil, overwriting: false)
    } catch {
      // As if it had never been added; a lease of somebody who saw it already would keep it, without its note.
      unlink(target)
      throw error
    }
    AtomicFile.flushFolder(folder)
    if let shelf, !shelf.holds(digest), let lease = takeLease(digest) { shelf.keep(lease) }
    withExtendedLifetime(file) { applyLimit() }
  }

  private func add(afterAll file: WorkFile, _ digest: Digest, _ note: ArtifactNote) throws {
    if try keepPresent(digest, note) { return }
    let isNew = try explaining(Self.storing) { () throws(FileError) in try file.place(at: path(of: digest)) }
    guard isNew else { throw GalleyError(writing: FileError(.replace, path(of: digest), number: EEXIST), Self.storing) }
    try annotate(digest, note, pinned: nil, overwriting: false)
  }

  /// Whether an artifact is there and sound; it then counts as used now, and its note is completed. A changed one is
  /// moved to `damaged/`.
  private func keepPresent(_ digest: Digest, _ note: ArtifactNote) throws -> Bool {
    guard contains(digest), let lease = takeLease(digest), verify(digest) else { return false }
    if note != ArtifactNote() { try annotate(digest, note, pinned: nil, overwriting: false) }
    return withExtendedLifetime(lease) { true }
  }

  private func hasArtifact(ofSize byteCount: Int) throws -> Bool {
    // Without an index the file is simply written; that it is there already is then seen at the end.
    let found = try? index.use { database in
      try Bool.fetchOne(
        database, sql: "SELECT EXISTS (SELECT 1 FROM artifact WHERE size_bytes = ?)", arguments: [byteCount])
    }
    return (found ?? nil) ?? false
  }

  private func check(_ digest: Digest, _ source: String, _ expected: Digest?) throws(GalleyError) {
    guard let expected, digest != expected else { return }
    throw GalleyError(
      .badData, Self.storing, at: source, why: "its SHA-256 is \(digest), but \(expected) was expected",
      remedy: "Get the file again; if it comes out the same, what was expected is wrong.")
  }

  private func digestOfFile(_ source: String) throws(GalleyError) -> Digest {
    do throws(FileError) {
      return try Digest(ofFileAt: source)
    } catch {
      throw unreadable(error)
    }
  }

  private func explainingCopy<Result>(
    _ source: String, _ body: () throws(FileError) -> Result
  ) throws(GalleyError) -> Result {
    do {
      return try body()
    } catch {
      throw error.path == source ? unreadable(error) : GalleyError(writing: error, Self.storing)
    }
  }

  private func unreadable(_ error: FileError) -> GalleyError {
    GalleyError(
      .missingInput, "can't add a file to the pantry", at: error.path, why: error.reason,
      remedy: "Check that the file exists and may be read.")
  }

  /// Sees a full disk before a large file is half written, rather than after.
  private func checkRoom(for byteCount: Int) throws(FileError) {
    guard byteCount > 1 << 20, let free = DiskSpace.free(at: "\(root)/work") else { return }
    if free < UInt64(byteCount) { throw FileError(.write, root, number: ENOSPC) }
  }
}
