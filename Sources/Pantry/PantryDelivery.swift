// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import FoundationEssentials
internal import Galley
internal import Glibc
internal import NativeLibraries

/// Many things that come into a pantry at once, all or none: artifacts, folders, trees and documents.
///
/// They are prepared in `deliveries/ID/`, which a later process with the same id continues, and get their names in one
/// step that is written down first. A process that is killed before that leaves the pantry as it was; one that is
/// killed after it is finished by whoever opens the pantry next.
public final class PantryDelivery {
  private let pantry: Pantry
  private let folder: String
  private let lock: FileLock?
  private var moves: [DeliveryJournal.Move] = []
  private var contents: [(digest: Digest, note: ArtifactNote, isPinned: Bool)] = []
  private var records: [InstalledLibraries.Record] = []
  private var isOver = false

  private static let what = "can't take in what was delivered"

  /// Begins a delivery, or continues the one of this id. It waits for another process that works on it.
  /// - Parameters:
  ///   - pantry: where it goes; what it holds already stays leased until the delivery is gone.
  ///   - id: a file name; the same for the same content.
  /// - Throws: `GalleyError` if the pantry can't be written.
  public init(into pantry: Pantry, id: String) throws {
    self.pantry = pantry.leasing()
    folder = "\(pantry.root)/\(Self.place)/\(id)"
    lock = try Self.open(folder)
    try Self.carryThrough(folder, in: pantry)
    try pantry.explaining(Self.what) { () throws(FileError) in try AtomicFile.createFolder(folder) }
  }

  private static func open(_ folder: String) throws(GalleyError) -> FileLock? {
    for _ in 0..<1000 {
      do throws(FileError) {
        try AtomicFile.createFolder(folder)
        return try FileLock.acquire(folder, .exclusive)
      } catch {
        // Whoever had it finished it, and it is gone.
        if !error.isMissing { throw GalleyError(writing: error, Self.what) }
      }
    }
    throw GalleyError(
      .cantCreate, what, at: folder, why: "it vanishes as soon as it is made",
      remedy: "Look for a program that removes files there.")
  }

  // MARK: Preparing

  /// Where to put an artifact's bytes, whole, before `add(artifact:note:)`; `nil` if the pantry has it, sound.
  public func place(forArtifact digest: Digest) -> String? {
    pantry.verify(digest) ? nil : "\(folder)/artifacts/\(digest.hex)"
  }

  /// Where to put the files of a folder before `add(folder:content:note:)`; `nil` if the pantry has it, sound.
  public func place(forFolder digest: Digest) -> String? {
    pantry.verifyFolder(digest) ? nil : "\(folder)/folders/\(digest.hex)"
  }

  /// Where to put the files of a tree before `add(tree:)`.
  public func place(forTree tree: PantryTree) -> String { "\(folder)/trees/\(tree.name)" }

  /// Takes an artifact up that was put into its place, or that the pantry has.
  /// - Throws: `GalleyError` if its note can't be written.
  public func add(artifact digest: Digest, note: ArtifactNote, isPinned: Bool = false) throws {
    contents.append((digest, note, isPinned))
    let staged = "artifacts/\(digest.hex)"
    guard FileStatus("\(folder)/\(staged)") != nil else { return }
    let target = "artifacts/\(digest.hex.prefix(2))/\(digest.hex)"
    chmod("\(folder)/\(staged)", 0o444)
    move(staged, to: target, replaces: false)
    var sidecar = ArtifactSidecar(digest, added: Date().timeIntervalSince1970)
    sidecar.take(note, overwriting: true)
    sidecar.pinned = isPinned ? true : nil
    try add(document: CheckedDocument.encode(sidecar), at: "\(target).json", replaces: false)
  }

  /// Takes a folder up that was put into its place, or that the pantry has.
  /// - Parameter content: what the folder holds; its digest is the folder's.
  /// - Throws: `GalleyError` if its note can't be written.
  public func add(folder content: FolderContent, note: ArtifactNote, isPinned: Bool = false) throws {
    let digest = content.digest
    contents.append((digest, note, isPinned))
    let staged = "folders/\(digest.hex)"
    guard FileStatus("\(folder)/\(staged)") != nil else { return }
    move(staged, to: staged, replaces: false)
    var about = ArtifactSidecar(digest, added: Date().timeIntervalSince1970)
    about.take(note, overwriting: true)
    about.pinned = isPinned ? true : nil
    let bytes = content.entries.reduce(0) { $0 + (FileStatus("\(folder)/\(staged)/\($1.path)")?.byteCount ?? 0) }
    let sidecar = FolderSidecar(about: about, bytes: bytes, files: content.entries.count)
    try add(document: CheckedDocument.encode(sidecar), at: "\(staged).json", replaces: false)
  }

  /// Takes a tree up that was put into its place; it takes the place of an earlier one of its name.
  /// - Throws: `GalleyError` if the tree can't be put anywhere, or its document can't be written.
  public func add(tree: PantryTree) throws {
    if let fault = tree.fault {
      throw GalleyError(
        .badData, Self.what, at: tree.name, why: fault, remedy: "Whoever made the bundle must make it again.")
    }
    let place = String(pantry.path(of: tree).dropFirst(pantry.root.utf8.count + 1))
    move("trees/\(tree.name)", to: place, replaces: true)
    try add(document: CheckedDocument.encode(tree), at: Pantry.documentPath(ofTree: tree.name), replaces: true)
    if let library = tree.library { records.append(library) }
  }

  /// Takes a small file up; it takes the place of an earlier one.
  /// - Parameter path: relative to the pantry's folder.
  /// - Throws: `GalleyError` if it can't be written.
  public func add(document: Data, at path: String) throws { try add(document: document, at: path, replaces: true) }

  /// Takes a claim up.
  /// - Parameter id: a file name.
  /// - Throws: `GalleyError` if it can't be written.
  public func add(claim document: some Encodable, id: String) throws {
    let path = try pantry.claimPath(id).dropFirst(pantry.root.utf8.count + 1)
    try add(document: CheckedDocument.encode(document), at: String(path), replaces: true)
  }

  /// Bytes that an earlier process prepared.
  public var preparedByteCount: Int {
    let paths = (try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []
    return paths.reduce(0) { sum, path in
      guard let status = FileStatus("\(folder)/\(path)"), status.isRegular else { return sum }
      return sum + status.byteCount
    }
  }

  private func add(document: Data, at path: String, replaces: Bool) throws {
    let staged = "documents/\(path)"
    try pantry.explaining(Self.what) { () throws(FileError) in
      try AtomicFile.write(document, to: "\(folder)/\(staged)")
    }
    move(staged, to: path, replaces: replaces)
  }

  private func move(_ staged: String, to target: String, replaces: Bool) {
    let inode = FileStatus("\(folder)/\(staged)")?.inodeNumber ?? 0
    moves.append(.init(staged: staged, target: target, replaces: replaces, inode: inode))
  }

  // MARK: Ending

  /// Gives everything its name, or nothing.
  /// - Parameter last: called when no other delivery can be carried through meanwhile; what it adds belongs to it, and
  ///   what it throws ends the delivery.
  /// - Throws: `GalleyError`; the pantry is then as it was, and `discard()` removes what was prepared.
  public func commit(_ last: (PantryDelivery) throws -> Void = { _ in }) throws {
    let alone = try pantry.explaining(Self.what) { () throws(FileError) in
      try FileLock.acquire("\(pantry.root)/\(Self.place)", .exclusive)
    }
    defer { withExtendedLifetime(alone) {} }
    try addRecords()
    try last(self)
    let journal = try CheckedDocument.encode(DeliveryJournal(moves: moves))
    try pantry.explaining(Self.what) { () throws(FileError) in
      try DiskFlush.flush(diskOf: folder)
      try AtomicFile.write(journal, to: "\(folder)/\(DeliveryJournal.fileName)")
    }
    try Self.carryThrough(folder, in: pantry)
    isOver = true
    // What the pantry had before gets what was not known of it; that it came is what counts.
    for (digest, note, isPinned) in contents {
      if pantry.contains(digest) {
        try? pantry.annotate(digest, note, pinned: isPinned ? true : nil, overwriting: false)
      } else if isPinned {
        try? pantry.pin(digest)
      }
    }
  }

  /// Removes what was prepared; the pantry is as it was before the delivery.
  public func discard() {
    guard !isOver else { return }
    isOver = true
    try? FileManager.default.removeItem(atPath: folder)
    // Gone too, if it was made for this one; if another one lies there, it stays.
    rmdir("\(pantry.root)/\(Self.place)")
  }

  /// Adds the libraries' records to those that are there, the new ones first: of several versions the first is used.
  private func addRecords() throws {
    guard !records.isEmpty else { return }
    var kept: [InstalledLibraries.Record] = []
    do throws(NativeLibraryError) {
      kept = try InstalledLibraries.read(folder: pantry.nativeFolder)?.records ?? []
    } catch {
      throw GalleyError(
        .badData, Self.what, at: error.path, why: error.reason,
        remedy: "Remove this file and run the command again; it is made anew.")
    }
    let names = Set(records.map(\.path))
    let document = try InstalledLibraries.document(of: records + kept.filter { !names.contains($0.path) })
    try add(document: document, at: "\(PantryPlace.nativeFolder)/\(InstalledLibraries.fileName)")
  }
}

extension PantryDelivery {
  static let place = "deliveries"

  /// Carries a delivery through whose journal is written, and removes its folder; nothing if there is no journal.
  static func carryThrough(_ folder: String, in pantry: Pantry) throws(GalleyError) {
    let path = "\(folder)/\(DeliveryJournal.fileName)"
    guard FileStatus(path) != nil else { return }
    if let journal = CheckedDocument.decode(DeliveryJournal.self, at: path), journal.format == 1 {
      do throws(FileError) {
        try journal.apply(from: folder, in: pantry.root)
      } catch {
        unlink(path)
        throw GalleyError(writing: error, what)
      }
    }
    // Whatever stays behind after this is rubbish, and no journal says otherwise.
    unlink(path)
    try? FileManager.default.removeItem(atPath: folder)
    rmdir("\(pantry.root)/\(place)")
  }
}

extension Pantry {
  /// Finishes what killed processes had begun to give its names.
  func carryDeliveriesThrough() {
    for (name, status) in FolderScan("\(root)/\(PantryDelivery.place)")?.entries ?? [] where status.isFolder {
      let folder = "\(root)/\(PantryDelivery.place)/\(name)"
      guard FileStatus("\(folder)/\(DeliveryJournal.fileName)") != nil,
        let lock = try? FileLock.acquire(folder, .exclusive, waits: false)
      else { continue }
      do throws(GalleyError) {
        try PantryDelivery.carryThrough(folder, in: self)
        notify(.delivered(id: name))
      } catch {
        notify(.undelivered(id: name, reason: error.why))
      }
      withExtendedLifetime(lock) {}
    }
  }

  /// Removes what was prepared for deliveries that nobody continues.
  func removeAbandonedDeliveries() {
    for (name, status) in FolderScan("\(root)/\(PantryDelivery.place)")?.entries ?? [] where status.isFolder {
      let folder = "\(root)/\(PantryDelivery.place)/\(name)"
      guard let lock = try? FileLock.acquire(folder, .exclusive, waits: false),
        FileStatus("\(folder)/\(DeliveryJournal.fileName)") == nil
      else { continue }
      withExtendedLifetime(lock) { try? FileManager.default.removeItem(atPath: folder) }
    }
    rmdir("\(root)/\(PantryDelivery.place)")
  }
}
