// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc

/// Folders by content: `folders/HEX/…`, where HEX is `Digest(ofContentAt:)` of the folder.
extension Pantry {
  static let unfinishedSuffix = ".part"
  static let storingFolder = "can't keep a folder"

  /// The path of a folder, whether it is there or not.
  public func folderPath(of digest: Digest) -> String { "\(root)/folders/\(digest.hex)" }

  /// Whether a folder is there.
  public func containsFolder(_ digest: Digest) -> Bool { FileStatus(folderPath(of: digest))?.isFolder == true }

  /// The path of what has this digest, an artifact or a folder; `nil` if neither is there. It counts as used now.
  public func path(ofContent digest: Digest) -> String? {
    if contains(digest) {
      touch(digest)
      return path(of: digest)
    }
    guard containsFolder(digest) else { return nil }
    touchFolder(digest)
    return folderPath(of: digest)
  }

  /// Keeps a copy of a folder. Links are followed; what is no file or folder is refused.
  ///
  /// A copy that was interrupted is continued by the next one of the same content.
  /// - Parameters:
  ///   - source: the folder.
  ///   - note: what the bytes don't say; of a folder that is there already, only what was not known is taken over.
  ///   - expected: the digest that it must have, if known.
  /// - Returns: its digest, `Digest(ofContentAt:)`.
  /// - Throws: `GalleyError` if a file can't be read or written or the content is another; the store is then as it was.
  @discardableResult
  public func store(
    folderAt source: String, note: ArtifactNote = ArtifactNote(), expecting expected: Digest? = nil
  ) throws -> Digest {
    let content = try content(of: source)
    let digest = content.digest
    if let expected, digest != expected {
      throw GalleyError(
        .badData, Self.storingFolder, at: source, why: "its digest is \(digest), but \(expected) was expected",
        remedy: "Get the folder again; if it comes out the same, what was expected is wrong.")
    }
    let lock = try openUnfinished(digest)
    defer { withExtendedLifetime(lock) {} }
    let unfinished = folderPath(of: digest) + Self.unfinishedSuffix
    if verifyFolder(digest) {
      try? FileManager.default.removeItem(atPath: unfinished)
    } else {
      do {
        try copy(content, from: source, to: unfinished)
        try place(unfinished, as: digest)
      } catch {
        try? FileManager.default.removeItem(atPath: unfinished)
        throw error
      }
    }
    try annotateFolder(digest, content, note)
    if let shelf, !shelf.holds(digest), let lease = takeFolderLease(digest) { shelf.keep(lease) }
    applyLimit()
    return digest
  }

  private func content(of source: String) throws(GalleyError) -> FolderContent {
    let content: FolderContent
    do throws(FileError) {
      content = try FolderContent(of: source)
    } catch {
      throw GalleyError(
        .missingInput, "can't add a folder to the pantry", at: error.path,
        why: error.number == EINVAL ? "it is no file" : error.reason,
        remedy: "Check that all in it are files that may be read.")
    }
    if let entry = content.entries.first(where: { $0.path.utf8.contains(UInt8(ascii: "\n")) }) {
      throw GalleyError(
        .badData, "can't add a folder to the pantry", at: source,
        why: "the name of a file has two lines: \(entry.path.debugDescription)", remedy: "Rename the file.")
    }
    guard content.entries.isEmpty else { return content }
    throw GalleyError(
      .badData, "can't add a folder to the pantry", at: source, why: "it holds no files",
      remedy: "Name a folder with files in it.")
  }

  /// Makes the folder of an unfinished copy, or finds the one that was begun, and keeps others away from it.
  private func openUnfinished(_ digest: Digest) throws(GalleyError) -> FileLock? {
    let path = folderPath(of: digest) + Self.unfinishedSuffix
    for _ in 0..<100 {
      do throws(FileError) {
        try AtomicFile.createFolder(path)
        return try FileLock.acquire(path, .exclusive)
      } catch {
        // Whoever had it finished it, and it is gone.
        if !error.isMissing { throw GalleyError(writing: error, Self.storingFolder) }
      }
    }
    throw GalleyError(
      .cantCreate, Self.storingFolder, at: path, why: "it vanishes as soon as it is made",
      remedy: "Look for a program that removes files there.")
  }

  /// Copies what is not there yet; what an interrupted copy left is checked.
  private func copy(_ content: FolderContent, from source: String, to target: String) throws(GalleyError) {
    for entry in content.entries {
      let file = "\(target)/\(entry.path)"
      if FileStatus(file)?.byteCount == entry.byteCount, (try? Digest(ofFileAt: file)) == entry.digest { continue }
      let copy = try explaining(Self.storingFolder) { () throws(FileError) in
        try CheckedCopy.make(of: "\(source)/\(entry.path)", at: file)
      }
      guard copy.digest == entry.digest else {
        throw GalleyError(
          .tryAgain, Self.storingFolder, at: "\(source)/\(entry.path)", why: "it was changed while it was copied",
          remedy: "Run the command again when nobody writes there.")
      }
    }
    removeForeign(from: target, except: content)
  }

  /// Removes what an interrupted copy left half written.
  private func removeForeign(from target: String, except content: FolderContent) {
    let known = Set(content.entries.map(\.path))
    for path in (try? FolderContent.paths(in: target)) ?? [] where !known.contains(path) { unlink("\(target)/\(path)") }
  }

  private func place(_ unfinished: String, as digest: Digest) throws(GalleyError) {
    try explaining(Self.storingFolder) { () throws(FileError) in
      guard rename(unfinished, folderPath(of: digest)) == 0 else {
        throw FileError(.replace, folderPath(of: digest))
      }
      AtomicFile.flushFolder("\(root)/folders")
    }
  }

  /// Whether a folder is there with the content that its name promises; a changed one is moved to `damaged/`.
  public func verifyFolder(_ digest: Digest) -> Bool {
    guard containsFolder(digest), let found = try? FolderContent(of: folderPath(of: digest)) else { return false }
    guard found.digest == digest else {
      discardFolder(digest)
      return false
    }
    touchFolder(digest)
    return true
  }

  /// All folders, by their digests, as artifacts that have a number of files.
  public func folders() -> [Artifact] { FolderShelf(root: root).folders.map(folder) }

  /// One folder as a list shows it.
  func folder(_ digest: Digest) -> Artifact {
    let sidecar = FolderSidecar.reading(digest, in: root)
    return Artifact(
      digest: digest, byteCount: sidecar.bytes, name: sidecar.about.name,
      role: sidecar.about.role.flatMap { .init(rawValue: $0) }, origin: sidecar.about.origin,
      licence: sidecar.about.licence, added: sidecar.about.added,
      lastUsed: FileStatus(folderPath(of: digest))?.modifiedSeconds ?? sidecar.about.added,
      isPinned: sidecar.about.isPinned, users: [], fileCount: sidecar.files)
  }
}

extension Pantry {
  /// Moves a changed folder to `damaged/`, with its note.
  /// - Returns: where it is now.
  @discardableResult
  func discardFolder(_ digest: Digest) -> String? {
    shelf?.drop(digest)
    guard let aside = try? quarantine(folderPath(of: digest)) else { return nil }
    _ = rename(FolderSidecar.path(of: digest, in: root), "\(aside).json")
    notify(.quarantined(path: aside))
    return aside
  }

  /// Takes a lease on a folder; `nil` if it isn't there.
  func takeFolderLease(_ digest: Digest) -> ArtifactLease? {
    guard let lock = try? FileLock.acquire(folderPath(of: digest), .shared) else { return nil }
    return ArtifactLease(digest, lock)
  }

  /// Sets the time of last use, which is the folder's own modification time.
  func touchFolder(_ digest: Digest) {
    let times = [timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2), timespec(tv_sec: 0, tv_nsec: (1 << 30) - 1)]
    utimensat(AT_FDCWD, folderPath(of: digest), times, AT_SYMLINK_NOFOLLOW)
    if let shelf, !shelf.holds(digest), let lease = takeFolderLease(digest) { shelf.keep(lease) }
  }

  func annotateFolder(_ digest: Digest, _ content: FolderContent, _ note: ArtifactNote) throws {
    let new = FolderSidecar(
      about: ArtifactSidecar(digest, added: Date().timeIntervalSince1970), bytes: content.byteCount,
      files: content.entries.count)
    try changeFolder(digest, from: FolderSidecar.read(digest, in: root) ?? new) { $0.take(note, overwriting: false) }
  }

  /// Changes what is written down of a folder.
  func changeFolder(
    _ digest: Digest, from sidecar: FolderSidecar? = nil, _ change: (inout ArtifactSidecar) -> Void
  ) throws {
    let what = "can't write a folder's note"
    let lock = try explaining(what) { () throws(FileError) in try FileLock.acquire("\(root)/folders", .exclusive) }
    defer { withExtendedLifetime(lock) {} }
    let old = FolderSidecar.read(digest, in: root)
    var sidecar = old ?? sidecar ?? FolderSidecar.reading(digest, in: root)
    change(&sidecar.about)
    guard sidecar != old else { return }
    do {
      try sidecar.write(in: root)
    } catch let error as FileError {
      throw GalleyError(writing: error, what)
    }
  }
}
