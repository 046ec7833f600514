// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import GRDB
internal import Galley

/// A volume's file, ready to be read and never changed by that.
struct VolumeFile: Sendable {
  /// The name that tells it from others.
  let name: String
  /// The file that was named.
  let path: String
  /// The file that is read: the named one, or a copy of it in the present schema.
  let readPath: String

  /// Whether `readPath` is a copy that has to be removed.
  var isCopy: Bool { readPath != path }

  init(name: String, path: String) throws {
    self.name = name
    self.path = path
    guard FileManager.default.fileExists(atPath: path) else {
      throw GalleyError(
        .missingInput, "can't read the golden volume", at: path, why: "there is no such file",
        remedy: "Run or bench something first, or name another volume.")
    }
    let isCurrent: Bool
    do {
      isCurrent = try Self.look(path)
    } catch let error as DatabaseError where Self.needsRecovery(error) {
      // A writer was killed: only a connection that may write can restore the volume from its journal.
      _ = try GoldenVolume.open(path)
      isCurrent = try Self.look(path)
    }
    readPath = isCurrent ? path : try Self.migratedCopy(of: path)
  }

  /// Refuses what is no volume; false if the schema is an earlier one.
  private static func look(_ path: String) throws -> Bool {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(30)
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    defer { try? queue.close() }
    try GoldenVolume.recognize(queue, path)
    return try queue.read(VolumeSchema.migrator.hasCompletedMigrations)
  }

  private static func needsRecovery(_ error: DatabaseError) -> Bool {
    error.resultCode == .SQLITE_READONLY || error.resultCode == .SQLITE_CANTOPEN
  }

  private static func migratedCopy(of path: String) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "galley-volume-\(UUID().uuidString)")
    let copy = folder.appending(path: "volume.sqlite").path(percentEncoded: false)
    try AtomicFile.copy(path, to: copy)
    let queue = try DatabaseQueue(path: copy)
    defer { try? queue.close() }
    try GoldenVolume.migrate(queue)
    return copy
  }

  /// Removes the copy, if there is one.
  func remove() {
    guard isCopy else { return }
    try? FileManager.default.removeItem(at: URL(filePath: readPath).deletingLastPathComponent())
  }
}
