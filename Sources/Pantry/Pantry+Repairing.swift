// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import GRDB
internal import Galley
internal import NativeLibraries

/// What a repair did about one fault.
public struct PantryRepair: Sendable, Hashable, Codable, CustomStringConvertible {
  /// What was wrong.
  public var fault: PantryFault
  /// Where the damaged file is now, relative to the pantry's folder; `nil` if nothing had to be moved.
  public var movedTo: String?

  public var description: String { "\(fault)" + (movedTo.map { "; moved to \($0)" } ?? "") }
}

extension Pantry {
  /// Brings the store back into order after a check: what is damaged or stray goes to `damaged/`, never away; records
  /// of stages whose artifacts are gone are removed, so that these stages run again; the index is read anew from the
  /// files.
  /// - Parameter check: what was found; a fault that has gone since is left alone.
  /// - Returns: what was done, in the order of the faults.
  /// - Throws: `GalleyError` if something can't be moved.
  @discardableResult
  public func repair(_ check: PantryCheck) throws -> [PantryRepair] {
    var repairs: [PantryRepair] = []
    for fault in check.faults { repairs.append(try repair(fault)) }
    if try !PantryFormat.read(in: root).isThere {
      try write(
        CheckedDocument.encode(PantryFormat()), to: "\(root)/\(PantryFormat.fileName)", "can't repair the pantry")
    }
    try removeRecordsWithoutArtifacts()
    try index.useUpToDate { database in
      var reconciliation = IndexReconciliation(root: root, database: database)
      try reconciliation.run(everything: true)
    }
    return repairs
  }

  private func repair(_ fault: PantryFault) throws -> PantryRepair {
    let path = "\(root)/\(fault.path)"
    var aside: String?
    // The files of a tree lie where programs are run from: whoever puts the tree there again replaces it whole.
    if fault.isOfTree { return PantryRepair(fault: fault) }
    switch fault.kind {
    case .changed, .resized:
      // Once more: it may have been stored anew since the check.
      guard let digest = fault.digest, (try? Digest(ofContentAt: path)) != digest else { break }
      aside = fault.isOfFolder ? discardFolder(digest) : discard(digest)
    case .missing:
      let sidecar = fault.digest.map {
        fault.isOfFolder ? FolderSidecar.path(of: $0, in: root) : ArtifactSidecar.path(of: $0, in: root)
      }
      if FileStatus(path) == nil, let sidecar, FileStatus(sidecar) != nil { aside = try quarantine(sidecar) }
    case .changedNote, .changedRecord, .stray:
      if FileStatus(path) != nil { aside = try quarantine(path) }
    case .index: try index.startAnew(because: fault.detail)
    case .unreadable: break
    }
    return PantryRepair(fault: fault, movedTo: aside.map { String($0.dropFirst(root.utf8.count + 1)) })
  }

  private func removeRecordsWithoutArtifacts() throws {
    for record in scannedRecords() where !record.outputs.values.allSatisfy(contains) {
      try remove(recordPath(record.key), "can't remove a stage's record")
    }
  }
}

extension PantryFault {
  /// Whether it is about a folder rather than a file.
  fileprivate var isOfFolder: Bool { path.hasPrefix("folders/") }
  /// Whether it is about a tree's file.
  fileprivate var isOfTree: Bool {
    ["\(PantryPlace.nativeFolder)/", "\(PantryTree.programs)/", "\(PantryTree.interpreters)/"].contains(
      where: path.hasPrefix)
  }
}
