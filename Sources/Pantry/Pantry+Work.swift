// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

internal import Files
internal import Galley
internal import Glibc

/// Folders for unfinished work. What a killed process left behind is removed when the pantry is next opened.
extension Pantry {
  /// Gives `body` an empty folder on the pantry's disk and removes it afterwards.
  public func withWorkFolder<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let folder = "\(root)/work/\(getpid())-\(UUID().uuidString)"
    do throws(FileError) {
      try AtomicFile.createFolder(folder)
    } catch {
      throw GalleyError(writing: error, "can't create a work folder")
    }
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
  }

  func removeAbandonedWork() {
    let work = "\(root)/work"
    for name in (try? FileManager.default.contentsOfDirectory(atPath: work)) ?? [] {
      guard let digits = name.split(separator: "-").first, let process = pid_t(digits) else { continue }
      // Signal 0 only asks whether the process lives.
      if kill(process, 0) != 0, errno == ESRCH {
        try? FileManager.default.removeItem(atPath: "\(work)/\(name)")
      }
    }
  }
}
