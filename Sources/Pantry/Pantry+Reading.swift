// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import FoundationEssentials
internal import Galley
internal import Glibc

/// Reading artifacts. None of it needs the index.
extension Pantry {
  /// The bytes of an artifact, after checking that they still have their digest. It counts as used now.
  /// - Throws: `GalleyError` if the artifact is missing or was changed; a changed one is moved to `damaged/`, so that
  ///   whatever made it runs again.
  public func data(of digest: Digest) throws -> Data {
    guard let data = try? Data(contentsOf: URL(filePath: path(of: digest))) else { throw missing(digest) }
    guard Digest(of: data) == digest else {
      discard(digest)
      throw GalleyError(
        .badData, "can't use an artifact", at: path(of: digest),
        why: "its bytes no longer have the digest in its name; it was moved to \(root)/damaged",
        remedy: "Run the recipe again; the stage that makes it will run.")
    }
    use(digest)
    return data
  }

  /// Whether an artifact is there with the bytes that its name promises; a changed one is moved to `damaged/`.
  public func verify(_ digest: Digest) -> Bool {
    // A file that can't be read for now is not a changed one.
    guard contains(digest), let found = try? Digest(ofFileAt: path(of: digest)) else { return false }
    guard found == digest else {
      discard(digest)
      return false
    }
    use(digest)
    return true
  }

  /// Sets the time of last use, and takes a lease if this value keeps what it reads.
  func use(_ digest: Digest) {
    if let shelf, !shelf.holds(digest), let lease = takeLease(digest) { shelf.keep(lease) }
    touch(digest)
  }

  /// Sets the time of last use, and the folder's time, by which the index learns of it: two system calls. Where that
  /// isn't allowed, the time stays as it was.
  func touch(_ digest: Digest) {
    // UTIME_OMIT and UTIME_NOW of <bits/stat.h>: the access time stays, the modification time becomes now.
    let times = [timespec(tv_sec: 0, tv_nsec: (1 << 30) - 2), timespec(tv_sec: 0, tv_nsec: (1 << 30) - 1)]
    utimensat(AT_FDCWD, path(of: digest), times, AT_SYMLINK_NOFOLLOW)
    utimensat(AT_FDCWD, "\(root)/artifacts/\(digest.hex.prefix(2))", nil, 0)
  }

  /// Moves a changed artifact to `damaged/`, with its note.
  /// - Returns: where it is now.
  @discardableResult
  func discard(_ digest: Digest) -> String? {
    shelf?.drop(digest)
    guard let aside = try? quarantine(path(of: digest)) else { return nil }
    let sidecar = ArtifactSidecar.path(of: digest, in: root)
    if FileStatus(sidecar) != nil { _ = rename(sidecar, "\(aside).json") }
    index.tryToUse { try IndexRow.remove(digest, from: $0) }
    notify(.quarantined(path: aside))
    return aside
  }

  func missing(_ digest: Digest) -> GalleyError {
    GalleyError(
      .missingInput, "can't read an artifact", at: path(of: digest), why: "it is not in the pantry",
      remedy: "Run the recipe again; the stage that makes it will run.")
  }
}
