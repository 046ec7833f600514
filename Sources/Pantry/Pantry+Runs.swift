// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import FoundationEssentials
internal import GRDB
internal import Galley

/// A run as a list shows it.
public struct RunEntry: Sendable, Hashable, Codable {
  /// The run's id.
  public var id: String
  /// Name of the recipe that was run; `nil` if the document doesn't say.
  public var recipe: String?
  /// When the run began, in seconds since 1970-01-01 00:00 UTC.
  public var started: Double
  /// Size of its document, in bytes. The artifacts of its stages count for themselves.
  public var byteCount: Int
}

/// The history of runs.
extension Pantry {
  /// Keeps a run's document under `id`, a file name.
  /// - Throws: `GalleyError`.
  public func keep(run document: some Encodable, id: String) throws {
    let path = try runPath(id)
    let bytes = try CheckedDocument.encode(document)
    try write(bytes, to: path, "can't keep the run's record")
    guard let status = FileStatus(path) else { return }
    let entry = RunEntry(id: id, document: bytes, status: status)
    index.tryToUse { database in
      try database.inTransaction(.immediate) {
        try entry.write(to: database, stamp: status.stamp, uses: RunEntry.digests(in: bytes))
        return .commit
      }
    }
  }

  /// The ids of the runs kept here, oldest first.
  public func runs() -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/runs")) ?? []
    return names.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
  }

  /// The runs kept here with what a list shows, oldest first.
  public func runEntries() -> [RunEntry] {
    do {
      return try index.useUpToDate { database in
        try Row.fetchAll(
          database,
          sql: "SELECT id, recipe, started_unix_s, size_bytes, stamp, checksum FROM run ORDER BY started_unix_s, id"
        ).map(RunEntry.init)
      }
    } catch {
      notifyUnavailable(error)
      return runs().compactMap { id in
        let path = "\(root)/runs/\(id).json"
        guard let bytes = try? Data(contentsOf: URL(filePath: path)), let status = FileStatus(path) else { return nil }
        return RunEntry(id: id, document: bytes, status: status)
      }
      .sorted { ($0.started, $0.id) < ($1.started, $1.id) }
    }
  }

  /// The document of the run `id`.
  /// - Throws: `GalleyError` if there is no such run or its document was changed.
  public func run(_ id: String) throws -> Data {
    guard let bytes = try? Data(contentsOf: URL(filePath: try runPath(id))) else {
      let known = runs().suffix(5).joined(separator: ", ")
      throw GalleyError(
        .missingInput, "can't read the run '\(id)'", at: "\(root)/runs", why: "there is no such run",
        remedy: known.isEmpty ? "Run a recipe first: galley run RECIPE." : "The latest runs are \(known).")
    }
    guard let document = CheckedDocument.open(bytes) else {
      throw GalleyError(
        .badData, "can't read the run '\(id)'", at: try runPath(id), why: "its bytes are not what Galley wrote",
        remedy: "Run the recipe again: its stages are kept.")
    }
    return document
  }

  /// Removes a run's document; the artifacts of its stages stay until room is needed.
  /// - Throws: `GalleyError` if there is no such run or it can't be removed.
  public func removeRun(_ id: String) throws {
    let path = try runPath(id)
    if FileStatus(path) == nil { _ = try run(id) }
    try remove(path, "can't remove the run '\(id)'")
    index.tryToUse { try RunEntry.remove(id, from: $0) }
  }

  private func runPath(_ id: String) throws(GalleyError) -> String {
    guard !id.isEmpty, !id.hasPrefix("."), !id.contains("/"), !id.utf8.contains(0), id.utf8.count <= 200 else {
      throw GalleyError(
        .missingInput, "can't find the run '\(id)'", at: "\(root)/runs", why: "this can't be a run's id",
        remedy: "galley runs list shows the ids.")
    }
    return "\(root)/runs/\(id).json"
  }
}

extension RunEntry {
  /// The little that a list needs of a run's document, whatever else that holds.
  private struct Head: Decodable {
    struct Recipe: Decodable { var name: String? }
    var recipe: Recipe?
    var startedAt: Double?
  }

  init(id: String, document: Data, status: FileStatus) {
    let head = CheckedDocument.decode(Head.self, from: document)
    self.init(
      id: id, recipe: head?.recipe?.name, started: head?.startedAt ?? status.modifiedSeconds,
      byteCount: status.byteCount)
  }

  /// Every digest that a document names: 64 hexadecimal digits between quotation marks.
  static func digests(in document: Data) -> Set<Digest> {
    var found: Set<Digest> = []
    for word in document.split(separator: UInt8(ascii: "\"")) where word.count == 64 {
      if let digest = Digest(hex: String(decoding: word, as: UTF8.self)) { found.insert(digest) }
    }
    return found
  }

  /// Reads a row of the index.
  /// - Throws: `IndexDamage` if it isn't what was written.
  init(_ row: Row) throws {
    try self.init(
      id: row.decode(atIndex: 0), recipe: row.decode(atIndex: 1), started: row.decode(atIndex: 2),
      byteCount: Int(row.decode(Int64.self, atIndex: 3)))
    guard try row.decode(Int64.self, atIndex: 5) == checksum(stamp: row.decode(atIndex: 4)) else {
      throw IndexDamage(why: "a row of it was changed")
    }
  }

  func write(to database: Database, stamp: Int64, uses digests: Set<Digest>) throws {
    let columns = "id, recipe, started_unix_s, size_bytes, stamp, checksum"
    try database.cachedStatement(sql: "INSERT OR REPLACE INTO run (\(columns)) VALUES (?, ?, ?, ?, ?, ?)")
      .execute(arguments: [id, recipe, started, byteCount, stamp, checksum(stamp: stamp)])
    try IndexUse.replace(digests.sorted(), of: ArtifactUser(kind: .run, id: id, name: id), in: database)
  }

  static func remove(_ id: String, from database: Database) throws {
    try database.cachedStatement(sql: "DELETE FROM run WHERE id = ?").execute(arguments: [id])
    try IndexUse.remove(.run, id, from: database)
  }

  private func checksum(stamp: Int64) -> Int64 {
    var sum = RowSum()
    sum.add(id)
    sum.add(recipe)
    sum.add(started)
    sum.add(Int64(byteCount))
    sum.add(stamp)
    return sum.value
  }
}
