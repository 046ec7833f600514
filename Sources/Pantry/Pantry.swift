// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import NativeLibraries

/// The local store: artifacts by the SHA-256 of their bytes, and records of finished stages and of runs.
///
/// Layout: `pantry.json` (format and limit), `artifacts/ab/abcdef…` with what the bytes don't say in
/// `artifacts/ab/abcdef….json`, `folders/<digest>/…` with `folders/<digest>.json`, `stages/<key>.json`, `runs/<id>.json`, `work/` for what is unfinished, `damaged/` for
/// what was found changed, and `index.sqlite`, a copy of all this for lists. Every file appears whole, by link or
/// rename, so many processes may use one pantry and a kill loses nothing that was kept. The time of an artifact's last
/// use is its file's modification time.
public struct Pantry: Sendable {
  /// The store's folder, an absolute path.
  public let root: String
  let index: PantryIndex
  let notify: @Sendable (PantryNotice) -> Void
  let shelf: LeaseShelf?

  /// Opens the store, creating its folders.
  /// - Parameters:
  ///   - root: an absolute path.
  ///   - notify: receives what the store does on its own, from any thread.
  /// - Throws: `GalleyError` if the folder can't be created, or a newer Galley made the store.
  public init(root: String, notify: @escaping @Sendable (PantryNotice) -> Void = { _ in }) throws {
    // The format first: nothing is written into a store of another one.
    let isThere = try PantryFormat.read(in: root).isThere
    self.root = root
    self.notify = notify
    index = PantryIndex(root: root, notify: notify)
    shelf = nil
    for folder in ["artifacts", "stages", "runs", "work"] {
      try explaining("can't open the pantry") { () throws(FileError) in
        try AtomicFile.createFolder("\(root)/\(folder)")
      }
    }
    if !isThere { try writeFormat() }
    removeAbandonedWork()
    carryDeliveriesThrough()
  }

  private init(_ pantry: Pantry, shelf: LeaseShelf) {
    (root, index, notify) = (pantry.root, pantry.index, pantry.notify)
    self.shelf = shelf
  }

  /// The same pantry, but what is stored or read through this value stays leased, and is not removed to make room,
  /// until the value and its copies are gone.
  public func leasing() -> Pantry { Pantry(self, shelf: LeaseShelf()) }

  /// Where the pantry lies when nobody says: `GALLEY_HOME`, else `XDG_DATA_HOME/galley`, else
  /// `~/.local/share/galley`.
  public static func defaultRoot(environment: [String: String]) -> String {
    PantryPlace.root(environment: environment)
  }

  /// The path of an artifact, whether it is there or not.
  public func path(of digest: Digest) -> String { "\(root)/artifacts/\(digest.hex.prefix(2))/\(digest.hex)" }

  /// Whether an artifact is there.
  public func contains(_ digest: Digest) -> Bool { FileStatus(path(of: digest))?.isRegular == true }

  /// A store without `pantry.json` is new, or from before there was one. Where nobody may write it stays without.
  private func writeFormat() throws {
    do {
      try write(
        CheckedDocument.encode(PantryFormat()), to: "\(root)/\(PantryFormat.fileName)", "can't open the pantry")
    } catch let error as GalleyError {
      if access(root, W_OK) == 0 { throw error }
    }
  }
}
