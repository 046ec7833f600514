// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
internal import GRDB
internal import Galley
internal import Glibc

/// What making room did, or would do.
public struct PantryCollection: Sendable, Hashable, Codable {
  /// Why an artifact stayed.
  public enum Reason: String, Sendable, Hashable, Codable {
    /// There was room for it.
    case fits
    /// It is pinned.
    case pinned
    /// A living process holds a lease on it.
    case inUse
    /// Its note is damaged and may have said that it is pinned.
    case damagedNote
  }

  /// An artifact that stayed.
  public struct Kept: Sendable, Hashable, Codable {
    /// The artifact.
    public var artifact: Artifact
    /// Why it stayed.
    public var reason: Reason
  }

  /// How many bytes may stay; `nil` if there is no limit.
  public var limit: Int?
  /// Bytes of all artifacts before, and after.
  public var bytesBefore: Int
  public var bytesAfter: Int
  /// What was removed, the least recently used first.
  public var removed: [Artifact] = []
  /// What stayed, the least recently used first.
  public var kept: [Kept] = []
  /// Keys of stages whose records were removed with their artifacts; these stages run again.
  public var removedRecords: [Digest] = []

  /// Whether what may not be removed is still more than the limit.
  public var isOverLimit: Bool { limit.map { bytesAfter > $0 } ?? false }
}

extension Pantry {
  /// Makes room: removes artifacts and folders, the least recently used first, until all that is left is within a limit.
  ///
  /// Pinned artifacts stay, and those that a living process holds a lease on. The records of stages whose artifacts
  /// go are removed too, so that these stages run again.
  /// - Parameters:
  ///   - limit: in bytes; the pantry's own if `nil`. Without either, nothing is removed.
  ///   - isDryRun: only says what would be done.
  /// - Throws: `GalleyError`.
  @discardableResult
  public func collect(limit: Int? = nil, isDryRun: Bool = false) throws -> PantryCollection {
    // One collector at a time: two would each make the whole room.
    let lock = try explaining("can't make room in the pantry") { () throws(FileError) in
      try FileLock.acquire("\(root)/stages", isDryRun ? .shared : .exclusive)
    }
    defer { withExtendedLifetime(lock) {} }
    if !isDryRun {
      removeUnfinishedFolders()
      removeAbandonedDeliveries()
    }
    // Folders count like artifacts.
    let all = ArtifactOrder.lastUsed.sort(try artifactsByUse() + folders())
    let total = all.reduce(0) { $0 + $1.byteCount }
    var result = PantryCollection(limit: try limit ?? self.limit(), bytesBefore: total, bytesAfter: total)
    guard let limit = result.limit else {
      result.kept = all.map { .init(artifact: $0, reason: .fits) }
      return result
    }
    var removed: [Digest] = []
    for artifact in all {
      if let reason = try reasonToKeep(artifact, result.bytesAfter <= limit, isDryRun) {
        result.kept.append(.init(artifact: artifact, reason: reason))
        continue
      }
      result.removed.append(artifact)
      result.bytesAfter -= artifact.byteCount
      removed.append(artifact.digest)
    }
    result.removedRecords = try removeRecords(using: Set(removed), isDryRun)
    if !isDryRun, !removed.isEmpty { forget(removed) }
    return result
  }

  /// Removes an artifact unless there is a reason to keep it.
  private func reasonToKeep(
    _ artifact: Artifact, _ fits: Bool, _ isDryRun: Bool
  ) throws -> PantryCollection.Reason? {
    if fits { return .fits }
    if artifact.fileCount != nil { return try reasonToKeepFolder(artifact.digest, isDryRun) }
    let path = path(of: artifact.digest)
    let lock: FileLock?
    do throws(FileError) {
      lock = try FileLock.acquire(path, .exclusive, waits: false)
    } catch {
      return nil
    }
    guard let lock else { return .inUse }
    defer { withExtendedLifetime(lock) {} }
    // The file decides, not the index: it may have been pinned since the list was made.
    let sidecar = ArtifactSidecar.path(of: artifact.digest, in: root)
    if FileStatus(sidecar) != nil {
      guard let note = ArtifactSidecar.read(artifact.digest, in: root) else { return .damagedNote }
      if note.isPinned { return .pinned }
    }
    guard !isDryRun else { return nil }
    // The note first: one without its artifact tells that something was lost.
    try remove(sidecar, "can't remove an artifact's note")
    try remove(path, "can't remove an artifact")
    return nil
  }

  /// Removes a folder unless there is a reason to keep it.
  private func reasonToKeepFolder(_ digest: Digest, _ isDryRun: Bool) throws -> PantryCollection.Reason? {
    let path = folderPath(of: digest)
    let lock: FileLock?
    do throws(FileError) {
      lock = try FileLock.acquire(path, .exclusive, waits: false)
    } catch {
      return nil
    }
    guard let lock else { return .inUse }
    defer { withExtendedLifetime(lock) {} }
    let sidecar = FolderSidecar.path(of: digest, in: root)
    if FileStatus(sidecar) != nil {
      guard let note = FolderSidecar.read(digest, in: root) else { return .damagedNote }
      if note.about.isPinned { return .pinned }
    }
    guard !isDryRun else { return nil }
    // First out of sight, at once, so that nobody sees a part of it.
    let aside = "\(root)/work/\(getpid())-\(UUID().uuidString)"
    try explaining("can't remove a folder") { () throws(FileError) in
      guard rename(path, aside) == 0 else { throw FileError(.replace, path) }
    }
    try remove(sidecar, "can't remove a folder's note")
    try? FileManager.default.removeItem(atPath: aside)
    return nil
  }

  /// Removes what interrupted copies of folders left and nobody continues.
  private func removeUnfinishedFolders() {
    for path in FolderShelf(root: root).unfinished {
      guard let lock = try? FileLock.acquire(path, .exclusive, waits: false) else { continue }
      withExtendedLifetime(lock) { try? FileManager.default.removeItem(atPath: path) }
    }
  }

  private func removeRecords(using removed: Set<Digest>, _ isDryRun: Bool) throws -> [Digest] {
    guard !removed.isEmpty else { return [] }
    let keys = scannedRecords().filter { !removed.isDisjoint(with: $0.outputs.values) }.map(\.key).sorted()
    if !isDryRun {
      for key in keys { try remove(recordPath(key), "can't remove a stage's record") }
      index.tryToUse { database in
        try database.inTransaction(.immediate) {
          for key in keys { try StageRecord.remove(key.hex, from: database) }
          return .commit
        }
      }
    }
    return keys
  }

  private func forget(_ removed: [Digest]) {
    index.tryToUse { database in
      try database.inTransaction(.immediate) {
        for digest in removed { try IndexRow.remove(digest, from: database) }
        return .commit
      }
    }
  }

  /// Makes room after an addition, if the pantry has a limit. A failure is no failure of the addition.
  func applyLimit() {
    guard let limit = (try? self.limit()) ?? nil else { return }
    let total = try? index.use { try Int.fetchOne($0, sql: "SELECT sum(size_bytes) FROM artifact") }
    let inFolders = FolderShelf(root: root).folders.reduce(0) { $0 + FolderSidecar.reading($1, in: root).bytes }
    if let total = total ?? nil, total + inFolders <= limit { return }
    guard let result = try? collect(limit: limit), !result.removed.isEmpty else { return }
    notify(.collected(removed: result.removed.count, bytes: result.bytesBefore - result.bytesAfter))
  }
}
