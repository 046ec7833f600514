// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc

/// Folders for unfinished work. What a killed process left behind is removed when the pantry is next opened.
extension Pantry {
  private static let lockedSuffix = ".locked"

  /// Gives `body` an empty folder on the pantry's disk and removes it afterwards.
  public func withWorkFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let (folder, lock) = try makeWorkFolder()
    defer {
      try? FileManager.default.removeItem(atPath: folder)
      withExtendedLifetime(lock) {}
    }
    return try await body(folder)
  }

  /// Makes a folder and locks it, so that other processes see that somebody works there.
  private func makeWorkFolder() throws -> (String, FileLock?) {
    for _ in 0..<100 {
      let folder = "\(root)/work/\(getpid())-\(UUID().uuidString)\(Self.lockedSuffix)"
      do throws(FileError) {
        try AtomicFile.createFolder(folder)
        return (folder, try FileLock.acquire(folder, .shared))
      } catch {
        // Gone again: somebody took it for abandoned in the instant before it was locked.
        if !error.isMissing { throw GalleyError(writing: error, "can't create a work folder") }
      }
    }
    throw GalleyError(
      .cantCreate, "can't create a work folder", at: "\(root)/work", why: "it vanishes as soon as it is made",
      remedy: "Look for a program that removes files there.")
  }

  func removeAbandonedWork() {
    let work = "\(root)/work"
    for name in (try? FileManager.default.contentsOfDirectory(atPath: work)) ?? [] {
      removeIfAbandoned("\(work)/\(name)", name)
    }
  }

  private func removeIfAbandoned(_ path: String, _ name: String) {
    guard name.hasSuffix(Self.lockedSuffix) || name.hasSuffix(".part") else {
      // An older Galley, or a file system without locks.
      if isOfDeadProcess(name) { try? FileManager.default.removeItem(atPath: path) }
      return
    }
    guard let lock = try? FileLock.acquire(path, .exclusive, waits: false),
      lock.isReal || isOfDeadProcess(name)
    else { return }
    // The lock is held until it is gone, so that nobody can begin to work there meanwhile.
    withExtendedLifetime(lock) { try? FileManager.default.removeItem(atPath: path) }
  }

  private func isOfDeadProcess(_ name: String) -> Bool {
    guard let digits = name.split(separator: "-").first, let process = pid_t(digits) else { return false }
    // Signal 0 only asks whether the process lives.
    return kill(process, 0) != 0 && errno == ESRCH
  }
}
