// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import Galley
internal import Glibc

extension PlatformStore {
  /// Makes everything that was written until now outlast a power failure. Without it the last transactions may be lost
  /// then: the database syncs its log only when it is written back (synchronous=NORMAL).
  ///
  /// The log is a file of its own, on which SQLite keeps no locks; whatever isn't in it any more was synced before it was
  /// begun anew.
  /// - Throws: `GalleyError` if the disk fails.
  public func flush() throws(GalleyError) {
    let log = "\(place.database)-wal"
    let descriptor = Glibc.open(log, O_RDONLY | O_CLOEXEC)
    // No log: everything is in the database already.
    if descriptor >= 0 || errno != ENOENT {
      defer { if descriptor >= 0 { close(descriptor) } }
      guard descriptor >= 0, fsync(descriptor) == 0 else {
        throw GalleyError(
          .cantCreate, "can't keep what was written", at: log, why: String(cString: strerror(errno)),
          remedy: "Look whether the disk is sound.")
      }
    }
    AtomicFile.flushFolder(files.folder)
    AtomicFile.flushFolder(place.store)
  }
}
