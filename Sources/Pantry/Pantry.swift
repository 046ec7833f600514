// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import FoundationEssentials
internal import Galley

/// The local store: artifacts by the SHA-256 of their bytes, and records of finished stages.
///
/// Layout: `artifacts/ab/abcdef…`, `stages/<key>.json`, `runs/<id>.json`, `work/<process>-…` for what is unfinished.
/// Every file appears whole, by rename, so many processes may use one pantry and a kill loses nothing that was kept.
public struct Pantry: Sendable {
  /// The store's folder, an absolute path.
  public let root: String

  /// Opens the store, creating its folders.
  /// - Throws: `GalleyError` if the folder can't be created.
  public init(root: String) throws {
    self.root = root
    for folder in ["artifacts", "stages", "runs", "work"] {
      try explaining("can't open the pantry") { () throws(FileError) in
        try AtomicFile.createFolder("\(root)/\(folder)")
      }
    }
    removeAbandonedWork()
  }

  /// Where the pantry lies when nobody says: `GALLEY_HOME`, else `XDG_DATA_HOME/galley`, else
  /// `~/.local/share/galley`.
  public static func defaultRoot(environment: [String: String]) -> String {
    if let home = environment["GALLEY_HOME"], !home.isEmpty { return home }
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") { return "\(data)/galley" }
    return "\(environment["HOME"] ?? "/tmp")/.local/share/galley"
  }

  /// The path of an artifact, whether it is there or not.
  public func path(of digest: Digest) -> String { "\(root)/artifacts/\(digest.hex.prefix(2))/\(digest.hex)" }

  /// Whether an artifact is there.
  public func contains(_ digest: Digest) -> Bool { FileManager.default.fileExists(atPath: path(of: digest)) }

  /// Keeps bytes.
  /// - Returns: their digest.
  public func store(_ data: Data) throws -> Digest {
    let digest = Digest(of: data)
    guard !contains(digest) else { return digest }
    try explaining("can't keep an artifact") { () throws(FileError) in
      try AtomicFile.write(data, to: path(of: digest))
    }
    return digest
  }

  /// Keeps a copy of a file.
  /// - Returns: its digest.
  public func store(fileAt source: String) throws -> Digest {
    try explaining("can't keep an artifact") { () throws(FileError) in
      let digest = try Digest(ofFileAt: source)
      if !contains(digest) { try AtomicFile.copy(source, to: path(of: digest)) }
      return digest
    }
  }

  /// The bytes of an artifact, after checking that they still have their digest.
  /// - Throws: `GalleyError` if the artifact is missing or was changed; a changed one is removed, so that whatever
  ///   made it runs again.
  public func data(of digest: Digest) throws -> Data {
    guard let data = try? Data(contentsOf: URL(filePath: path(of: digest))) else {
      throw GalleyError(
        .missingInput, "can't read an artifact", at: path(of: digest), why: "it is not in the pantry",
        remedy: "Run the recipe again; the stage that makes it will run.")
    }
    guard Digest(of: data) == digest else {
      discard(digest)
      throw GalleyError(
        .badData, "can't use an artifact", at: path(of: digest),
        why: "its bytes no longer have the digest in its name; it was removed",
        remedy: "Run the recipe again; the stage that makes it will run.")
    }
    return data
  }

  /// Whether an artifact is there with the bytes that its name promises; a changed one is removed.
  public func verify(_ digest: Digest) -> Bool {
    guard contains(digest) else { return false }
    if let found = try? Digest(ofFileAt: path(of: digest)), found == digest { return true }
    discard(digest)
    return false
  }

  private func discard(_ digest: Digest) {
    try? FileManager.default.removeItem(atPath: path(of: digest))
  }

  private func explaining<Result>(
    _ what: String, _ body: () throws(FileError) -> Result
  ) throws(GalleyError) -> Result {
    do {
      return try body()
    } catch {
      throw GalleyError(writing: error, what)
    }
  }
}
