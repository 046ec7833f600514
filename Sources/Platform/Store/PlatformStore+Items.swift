// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import Files
public import Foundation
internal import GRDB
public import Galley

/// What became of an item that was to be added.
public enum ItemOutcome: Sendable, Hashable, Codable {
  /// It is new.
  case added(id: String)
  /// It was there and has been replaced.
  case replaced(id: String)
  /// It was there with other bytes, and stayed as it was.
  case kept(id: String)
  /// It was there with the same bytes.
  case unchanged(id: String)
  /// It could not be added.
  case failed(reason: String)

  /// The item's id; `nil` if it could not be added.
  public var id: String? {
    switch self {
    case .added(let id), .replaced(let id), .kept(let id), .unchanged(let id): id
    case .failed: nil
    }
  }
}

extension PlatformStore {
  /// Adds items. Each is added or not by itself: a file that can't be read costs one item and nothing else.
  /// - Parameters:
  ///   - dataset: The data set's name or id.
  ///   - replacing: Whether an item of the same path gets the new bytes; its annotations stay.
  ///   - progress: Receives how many items are done.
  /// - Returns: what became of each, in the order of the drafts.
  /// - Throws: `GalleyError` if there is no such data set or the store can't be written.
  public func addItems(
    _ drafts: [ItemDraft], to dataset: String, replacing: Bool = false, progress: (Int) -> Void = { _ in }
  ) throws(GalleyError) -> [ItemOutcome] {
    var outcomes: [ItemOutcome] = []
    outcomes.reserveCapacity(drafts.count)
    // Files first, then one transaction for many rows: a kill leaves at most files that nothing names.
    for start in stride(from: 0, to: drafts.count, by: 1000) {
      let portion = drafts[start..<min(start + 1000, drafts.count)]
      var kept: [KeptItem?] = []
      var reasons: [String] = []
      for draft in portion {
        do {
          kept.append(try keep(draft))
          reasons.append("")
        } catch {
          kept.append(nil)
          reasons.append("\(error.place.map { "\($0): " } ?? "")\(error.why)")
        }
      }
      outcomes += try write("can't add the items") { database in
        let number = try Self.require(dataset, in: .dataset, database)
        return try zip(kept, reasons).map { item, reason in
          guard let item else { return .failed(reason: reason) }
          return try Self.insert(item, dataset: number, replacing: replacing, database)
        }
      }
      progress(outcomes.count)
    }
    return outcomes
  }

  /// An item whose bytes are in the store.
  private struct KeptItem {
    var draft: ItemDraft
    var path: String
    var digest: Digest
    var byteCount: Int
    var mediaType: String
    var size: PixelSize?
  }

  private func keep(_ draft: ItemDraft) throws(GalleyError) -> KeptItem {
    let path = try ItemPath.normal(draft.path)
    if let id = draft.id, !EntityID.isUsable(id) {
      throw GalleyError(.badData, "can't add the item", at: path, why: "'\(id)' is no id")
    }
    let kept: (digest: Digest, byteCount: Int)
    let head: Data
    do throws(FileError) {
      switch draft.content {
      case .bytes(let data):
        kept = try files.keep(data)
        head = data.prefix(ImageHeader.headLength)
      case .file(let source):
        kept = try files.keep(fileAt: source)
        let file = FileHandle(forReadingAtPath: files.path(of: kept.digest.hex))
        head = (try? file?.read(upToCount: ImageHeader.headLength)) ?? Data()
        try? file?.close()
      }
    } catch {
      throw error.operation == .read
        ? GalleyError(.missingInput, "can't read the item", at: error.path, why: error.reason)
        : GalleyError(writing: error, "can't keep the item")
    }
    let (type, size) = MediaType.of(head, name: ItemPath.name(of: path))
    return KeptItem(
      draft: draft, path: path, digest: kept.digest, byteCount: kept.byteCount, mediaType: draft.mediaType ?? type,
      size: size)
  }

  private static func insert(
    _ item: KeptItem, dataset: Int64, replacing: Bool, _ database: Database
  ) throws -> ItemOutcome {
    let known = try Row.fetchOne(
      database, sql: "SELECT id, digest FROM item WHERE dataset = ? AND path = ?", arguments: [dataset, item.path])
    let now = Self.now
    if let known {
      let id: String = try known.decode(atIndex: 0)
      if try known.decode(String.self, atIndex: 1) == item.digest.hex { return .unchanged(id: id) }
      guard replacing else { return .kept(id: id) }
      try database.cachedStatement(
        sql: """
          UPDATE item SET digest = ?, media_type = ?, size_bytes = ?, width_px = ?, height_px = ?, updated_unix_s = ?
          WHERE id = ?
          """
      ).execute(arguments: [
        item.digest.hex, item.mediaType, item.byteCount, item.size?.width, item.size?.height, now, id,
      ])
      return .replaced(id: id)
    }
    var id = item.draft.id ?? EntityID.make()
    if item.draft.id != nil,
      try Bool.fetchOne(database, sql: "SELECT 1 FROM item WHERE id = ?", arguments: [id]) != nil
    {
      // The same foreign item may be in two data sets here.
      id = EntityID.make()
    }
    try database.cachedStatement(
      sql: """
        INSERT INTO item (id, dataset, path, folder, name, digest, media_type, size_bytes, width_px, height_px,
        is_hidden, metadata_json, created_unix_s, updated_unix_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """
    ).execute(arguments: [
      id, dataset, item.path, ItemPath.folder(of: item.path), ItemPath.name(of: item.path), item.digest.hex,
      item.mediaType, item.byteCount, item.size?.width, item.size?.height, item.draft.isHidden,
      item.draft.metadata.text, now, now,
    ])
    return .added(id: id)
  }

  /// The item of an id, or of a path in a data set.
  /// - Parameters:
  ///   - name: An id, or a path that begins with `/`.
  ///   - dataset: The data set of a path.
  /// - Throws: `GalleyError` if there is none.
  public func item(_ name: String, in dataset: String? = nil) throws(GalleyError) -> PlatformItem {
    try read("can't read the item") { database in
      try PlatformItem(Self.itemRow(name, in: dataset, database))
    }
  }

  static func itemRow(_ name: String, in dataset: String?, _ database: Database) throws -> Row {
    var condition = "item.id = ?"
    var arguments: StatementArguments = [name]
    if name.hasPrefix("/") {
      guard let dataset else {
        throw GalleyError(
          .usage, "can't tell which item is meant", at: name, why: "a path means an item of one data set",
          remedy: "Name the data set too, or give the item's id.")
      }
      condition = "item.path = ? AND item.dataset = ?"
      arguments = [name, try require(dataset, in: .dataset, database)]
    }
    guard let row = try Row.fetchOne(database, sql: "\(PlatformItem.select) WHERE \(condition)", arguments: arguments)
    else {
      throw GalleyError(
        .missingInput, "can't find the item", at: name, why: "the store has none of that id or path",
        remedy: "'galley item list DATASET' shows them.")
    }
    return row
  }

  /// Where an item's bytes lie; the file must not be changed.
  public func path(of item: PlatformItem) -> String { files.path(of: item.digest) }

  /// An item's bytes.
  /// - Throws: `GalleyError` if they are missing or aren't those that were kept.
  public func bytes(of item: PlatformItem) throws(GalleyError) -> Data {
    let path = path(of: item)
    guard let data = try? Data(contentsOf: URL(filePath: path)) else {
      throw GalleyError(
        .missingInput, "can't read the item '\(item.path)'", at: path, why: "the file is missing from the store",
        remedy: "Add the item again.")
    }
    guard Digest(of: data).hex == item.digest else {
      throw GalleyError(
        .badData, "can't read the item '\(item.path)'", at: path, why: "the bytes aren't those that were kept",
        remedy: "Remove this file and add the item again.")
    }
    return data
  }

  /// Changes what is known of an item; `nil` leaves a value as it is.
  /// - Throws: `GalleyError` if there is none, or the path is taken.
  @discardableResult
  public func updateItem(
    _ id: String, path: String? = nil, isHidden: Bool? = nil, metadata: JSONObject? = nil
  ) throws(GalleyError) -> PlatformItem {
    let path = try path.map { (path) throws(GalleyError) in try ItemPath.normal(path) }
    return try write("can't update the item") { database in
      let item = try PlatformItem(Self.itemRow(id, in: nil, database))
      if let path, path != item.path {
        let isTaken = try Bool.fetchOne(
          database,
          sql: "SELECT 1 FROM item WHERE path = ? AND dataset = (SELECT dataset FROM item WHERE id = ?)",
          arguments: [path, id])
        guard isTaken == nil else { throw EntityName.taken(path, "item") }
      }
      let new = path ?? item.path
      try database.execute(
        sql: """
          UPDATE item SET path = ?, folder = ?, name = ?, is_hidden = coalesce(?, is_hidden),
          metadata_json = coalesce(?, metadata_json), updated_unix_s = ? WHERE id = ?
          """,
        arguments: [
          new, ItemPath.folder(of: new), ItemPath.name(of: new), isHidden, metadata?.text, Self.now, id,
        ])
      return try PlatformItem(Self.itemRow(id, in: nil, database))
    }
  }

  /// Removes items with their annotations and predictions.
  /// - Returns: how many there were.
  /// - Throws: `GalleyError` if the store can't be written.
  @discardableResult
  public func deleteItems(_ ids: [String]) throws(GalleyError) -> Int {
    let count = try write("can't delete the items") { database in
      try database.execute(
        sql: "DELETE FROM item WHERE id IN (SELECT value FROM json_each(?))", arguments: [try Self.encode(ids)])
      return database.changesCount
    }
    if count > 0 { try removeUnusedFiles() }
    return count
  }
}

extension PlatformItem {
  static let columns = """
    item.id, dataset.id, item.path, item.digest, item.media_type, item.size_bytes, item.width_px, item.height_px,
    item.is_hidden, item.metadata_json, item.created_unix_s, item.updated_unix_s
    """

  static let select = "SELECT \(columns) FROM item JOIN dataset ON dataset.number = item.dataset"

  init(_ row: Row) throws {
    let width: Int? = row[6]
    let height: Int? = row[7]
    var size: PixelSize?
    if let width, let height { size = PixelSize(width: width, height: height) }
    self.init(
      id: row[0], datasetID: try row.decode(atIndex: 1), path: row[2], digest: row[3], mediaType: row[4],
      byteCount: row[5], size: size, isHidden: row[8], metadata: JSONObject(stored: row[9]), created: row[10],
      updated: row[11])
  }
}
