// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Glibc

/// Keeps a second agent away from a state folder: it would throw away what the first one is writing. The kernel takes the
/// lock from a process that dies.
final class StateLock: Sendable {
  private let descriptor: Int32

  /// Takes the folder.
  /// - Throws: `GalleyError` (`unavailable`) if another agent has it.
  init(folder: String) throws(GalleyError) {
    do throws(FileError) { try AtomicFile.createFolder(folder) } catch {
      throw GalleyError(.cantCreate, "can't keep the agent's state", at: folder, why: error.reason)
    }
    let path = "\(folder)/agent.lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw GalleyError(
        .cantCreate, "can't keep the agent's state", at: path, why: String(cString: strerror(errno)),
        remedy: "Let the agent's user write there, or choose another folder (state-folder).")
    }
    guard AdvisoryLock.attempt(.exclusive, of: descriptor) == .taken else {
      // The end of this value closes the file.
      throw GalleyError(
        .unavailable, "can't start the agent", at: folder, why: "another agent uses this folder",
        remedy: "Stop it, or choose another folder (state-folder).")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}
