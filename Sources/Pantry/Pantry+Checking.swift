// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Dispatch
public import Files
internal import FoundationEssentials
internal import GRDB
internal import Galley
internal import Synchronization

/// Something in a store that isn't as Galley wrote it.
public struct PantryFault: Sendable, Hashable, Codable, CustomStringConvertible {
  /// What is wrong.
  public enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
    /// An artifact of the right size, as far as that is known, has other bytes.
    case changed
    /// An artifact is shorter or longer than it was.
    case resized
    /// An artifact is known and its file isn't there.
    case missing
    /// A file can't be read.
    case unreadable
    /// The note of an artifact was changed.
    case changedNote
    /// A stage's record, a run's document or the pantry's own was changed.
    case changedRecord
    /// A file that Galley didn't put there.
    case stray
    /// The index is damaged or says something else than the files.
    case index
  }

  /// What is wrong.
  public var kind: Kind
  /// The file, relative to the pantry's folder.
  public var path: String
  /// The artifact, if it is about one.
  public var digest: Digest?
  /// More in words.
  public var detail: String

  public var description: String { "\(path): \(detail)" }
}

/// How far a check has come.
public struct PantryProgress: Sendable, Hashable {
  /// Files read, and files to read.
  public var files: Int
  public var totalFiles: Int
  /// Bytes read, and bytes to read.
  public var bytes: Int
  public var totalBytes: Int
}

/// What a check of a whole store found.
public struct PantryCheck: Sendable, Hashable, Codable {
  /// Artifacts, and their bytes, that were read.
  public var artifacts: Int
  public var bytes: Int
  /// What is wrong, by path.
  public var faults: [PantryFault]
  /// Whether nothing is wrong.
  public var isSound: Bool { faults.isEmpty }
}

extension Pantry {
  /// Reads every byte of the store, on all processors, and compares it with what it should be. Changes nothing.
  ///
  /// It blocks the calling thread. What other processes add or remove meanwhile is no fault.
  /// - Parameter progress: called after each file, one call at a time, from any thread.
  /// - Throws: `GalleyError` if the store can't be read at all.
  public func check(progress: @escaping @Sendable (PantryProgress) -> Void = { _ in }) throws -> PantryCheck {
    // What is known comes first: what is added later is then seen by the walk, and what is removed is looked at again.
    let (known, indexFault) = knownSizes()
    let walk = StoreWalk(root: root)
    var faults = walk.strays + (indexFault.map { [$0] } ?? [])
    let artifacts = walk.artifacts.sorted { $0.value.byteCount > $1.value.byteCount }
    faults += hash(artifacts.map { ($0.key, $0.value) }, known, progress)
    let shelf = FolderShelf(root: root)
    faults += folderFaults(shelf) + treeFaults()
    faults += missing(known, walk) + walk.sidecars.compactMap(noteFault) + recordFaults()
    return PantryCheck(
      artifacts: artifacts.count + shelf.folders.count,
      bytes: shelf.folders.reduce(artifacts.reduce(0) { $0 + $1.value.byteCount }) { $0 + folder($1).byteCount },
      faults: faults.sorted { ($0.path, $0.kind.rawValue) < ($1.path, $1.kind.rawValue) })
  }

  private func hash(
    _ artifacts: [(Digest, FileStatus)], _ known: [Digest: Int],
    _ progress: @escaping @Sendable (PantryProgress) -> Void
  ) -> [PantryFault] {
    struct State {
      var progress: PantryProgress
      var faults: [PantryFault] = []
    }
    let total = artifacts.reduce(0) { $0 + $1.1.byteCount }
    let state = Mutex(
      State(progress: PantryProgress(files: 0, totalFiles: artifacts.count, bytes: 0, totalBytes: total)))
    DispatchQueue.concurrentPerform(iterations: artifacts.count) { position in
      let (digest, status) = artifacts[position]
      let fault = artifactFault(digest, status, known[digest])
      state.withLock { state in
        if let fault { state.faults.append(fault) }
        state.progress.files += 1
        state.progress.bytes += status.byteCount
        progress(state.progress)
      }
    }
    return state.withLock { $0.faults }
  }

  private func artifactFault(_ digest: Digest, _ status: FileStatus, _ knownSize: Int?) -> PantryFault? {
    let place = "artifacts/\(digest.hex.prefix(2))/\(digest.hex)"
    do throws(FileError) {
      guard try Digest(ofFileAt: path(of: digest)) != digest else { return nil }
    } catch {
      if error.isMissing { return nil }
      return PantryFault(kind: .unreadable, path: place, digest: digest, detail: error.reason)
    }
    if let knownSize, knownSize != status.byteCount {
      return PantryFault(
        kind: .resized, path: place, digest: digest,
        detail: "it has \(status.byteCount) bytes and had \(knownSize)")
    }
    return PantryFault(
      kind: .changed, path: place, digest: digest, detail: "its bytes have not the digest that is its name")
  }

  /// Folders whose content is another than their name promises, and what doesn't belong beside them.
  private func folderFaults(_ shelf: FolderShelf) -> [PantryFault] {
    var faults = shelf.strays.map {
      PantryFault(kind: .stray, path: "folders/\($0)", detail: "Galley didn't put it there")
    }
    for digest in shelf.folders {
      let place = "folders/\(digest.hex)"
      do throws(FileError) {
        guard try FolderContent(of: folderPath(of: digest)).digest != digest else { continue }
        faults.append(
          PantryFault(
            kind: .changed, path: place, digest: digest, detail: "its content has not the digest that is its name"))
      } catch {
        guard containsFolder(digest) else { continue }
        faults.append(PantryFault(kind: .unreadable, path: error.path, digest: digest, detail: error.reason))
      }
    }
    let known = Set(shelf.folders)
    for digest in shelf.sidecars {
      let path = FolderSidecar.path(of: digest, in: root)
      let isSound = FolderSidecar.read(digest, in: root) != nil
      guard FileStatus(path) != nil, !isSound || !(known.contains(digest) || containsFolder(digest)) else { continue }
      faults.append(
        isSound
          ? PantryFault(
            kind: .missing, path: "folders/\(digest.hex)", digest: digest, detail: "it is known and isn't there")
          : PantryFault(
            kind: .changedNote, path: "folders/\(digest.hex).json", digest: digest, detail: "it isn't what Galley wrote"
          ))
    }
    return faults
  }

  /// What is wrong with the trees, read byte for byte.
  private func treeFaults() -> [PantryFault] {
    let documents = (FolderScan("\(root)/trees")?.entries ?? []).map(\.name)
    let damaged = documents.filter { !$0.hasSuffix(".json") || tree(String($0.dropLast(5))) == nil }.map {
      PantryFault(kind: .changedRecord, path: "trees/\($0)", detail: "it isn't what Galley wrote")
    }
    return damaged + trees().flatMap { faults(of: $0, using: DigestCache()) }
  }

  /// Artifacts that the index or a note knows, and whose files are not there.
  private func missing(_ known: [Digest: Int], _ walk: StoreWalk) -> [PantryFault] {
    Set(known.keys).union(walk.sidecars.map(\.key)).filter { digest in
      // Not removed meanwhile, which takes the note and the row too.
      walk.artifacts[digest] == nil && !contains(digest)
        && (FileStatus(ArtifactSidecar.path(of: digest, in: root)) != nil || isIndexed(digest))
    }
    .map { digest in
      PantryFault(
        kind: .missing, path: "artifacts/\(digest.hex.prefix(2))/\(digest.hex)", digest: digest,
        detail: "it is known and its file isn't there")
    }
  }

  private func noteFault(_ digest: Digest, _ status: FileStatus) -> PantryFault? {
    let path = ArtifactSidecar.path(of: digest, in: root)
    guard ArtifactSidecar.read(digest, in: root) == nil, FileStatus(path) != nil else { return nil }
    return PantryFault(
      kind: .changedNote, path: relative(path), digest: digest, detail: "it isn't what Galley wrote")
  }

  private func recordFaults() -> [PantryFault] {
    let records = (FolderScan("\(root)/stages")?.entries ?? []).map { "stages/\($0.name)" }
    let runs = (FolderScan("\(root)/runs")?.entries ?? []).map { "runs/\($0.name)" }
    return (records + runs + [PantryFormat.fileName]).filter { $0.hasSuffix(".json") }.compactMap { place in
      guard let bytes = try? Data(contentsOf: URL(filePath: "\(root)/\(place)")) else { return nil }
      let isSound =
        if place.hasPrefix("stages/") {
          CheckedDocument.decode(StageRecord.self, from: bytes).map { "stages/\($0.key.hex).json" } == place
        } else {
          CheckedDocument.open(bytes).map(CheckedDocument.isJSON) == true
        }
      return isSound ? nil : PantryFault(kind: .changedRecord, path: place, detail: "it isn't what Galley wrote")
    }
  }

  private func relative(_ path: String) -> String { String(path.dropFirst(root.utf8.count + 1)) }
}

extension Pantry {
  /// The sizes of the artifacts that the index knows, before it is brought up to date; and what is wrong with it.
  private func knownSizes() -> ([Digest: Int], PantryFault?) {
    guard FileStatus(index.path) != nil else { return ([:], nil) }
    do {
      let (rows, verdict) = try index.peek { database in
        (
          try Row.fetchAll(database, sql: "SELECT \(IndexRow.columns) FROM artifact").map { try IndexRow($0) },
          try String.fetchOne(database, sql: "PRAGMA integrity_check(1)")
        )
      }
      let fault = verdict == "ok" ? nil : indexFault(verdict ?? "SQLite's check says nothing")
      return (Dictionary(rows.map { ($0.digest, $0.byteCount) }) { first, _ in first }, fault)
    } catch {
      return ([:], indexFault(IndexFailure.damage(error) ?? "\(error)"))
    }
  }

  private func indexFault(_ why: String) -> PantryFault {
    PantryFault(kind: .index, path: "index.sqlite", detail: why)
  }

  private func isIndexed(_ digest: Digest) -> Bool {
    let found = try? index.peek { database in
      try Bool.fetchOne(
        database, sql: "SELECT EXISTS (SELECT 1 FROM artifact WHERE digest = ?)", arguments: [digest.hex])
    }
    return (found ?? nil) ?? false
  }
}
