// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc

/// What the bytes don't say: names, origins, licences, pins.
extension Pantry {
  /// Writes down what an artifact is; what the note leaves `nil` stays as it was.
  /// - Throws: `GalleyError` if the artifact is not there, or the note can't be written.
  public func note(_ digest: Digest, _ note: ArtifactNote) throws {
    try annotatePresent(digest, note, pinned: nil)
  }

  /// Keeps an artifact or a folder for good: it is never removed to make room.
  /// - Throws: `GalleyError` if the artifact is not there, or the pin can't be written.
  public func pin(_ digest: Digest) throws { try annotatePresent(digest, ArtifactNote(), pinned: true) }

  /// Takes an artifact's pin away.
  /// - Throws: `GalleyError` if the artifact is not there, or that can't be written.
  public func unpin(_ digest: Digest) throws { try annotatePresent(digest, ArtifactNote(), pinned: false) }

  private func annotatePresent(_ digest: Digest, _ note: ArtifactNote, pinned: Bool?) throws {
    if !contains(digest), containsFolder(digest) {
      return try changeFolder(digest) { sidecar in
        sidecar.take(note, overwriting: true)
        if let pinned { sidecar.pinned = pinned ? true : nil }
      }
    }
    // The lease: whoever makes room reads the pin while nobody writes it.
    guard let lease = takeLease(digest) else { throw missing(digest) }
    try annotate(digest, note, pinned: pinned, overwriting: true)
    AtomicFile.flushFolder("\(root)/artifacts/\(digest.hex.prefix(2))")
    withExtendedLifetime(lease) {}
  }

  /// Changes the sidecar of an artifact, or makes it, and its row of the index.
  func annotate(_ digest: Digest, _ note: ArtifactNote, pinned: Bool?, overwriting: Bool) throws {
    let folder = "\(root)/artifacts/\(digest.hex.prefix(2))"
    let what = "can't write an artifact's note"
    // One at a time, so that of two notes written at once none is lost.
    let lock = try explaining(what) { () throws(FileError) in try FileLock.acquire(folder, .exclusive) }
    defer { withExtendedLifetime(lock) {} }
    let old = ArtifactSidecar.read(digest, in: root)
    var sidecar = old ?? ArtifactSidecar(digest, added: Date().timeIntervalSince1970)
    sidecar.take(note, overwriting: overwriting)
    if let pinned { sidecar.pinned = pinned ? true : nil }
    do {
      if sidecar != old { try sidecar.write(in: root, replacing: true) }
    } catch let error as FileError {
      throw GalleyError(writing: error, what)
    }
    guard let file = FileStatus(path(of: digest)) else { throw missing(digest) }
    let stamp = FileStatus(ArtifactSidecar.path(of: digest, in: root))?.stamp ?? 0
    let row = IndexRow(digest, file: file, sidecar: sidecar, stamp: stamp)
    index.tryToUse { try row.write(to: $0) }
  }
}
