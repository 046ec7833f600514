// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import GRDB
public import Galley

extension PlatformStore {
  /// Keeps ground truth: all annotations or none.
  /// - Returns: the annotations as they are kept.
  /// - Throws: `GalleyError` if an origin is incomplete or a model's, an item isn't there, or an id is taken.
  @discardableResult
  public func addAnnotations(_ drafts: [AnnotationDraft]) throws(GalleyError) -> [String] {
    for draft in drafts { try draft.check() }
    return try write("can't keep the annotations") { database in
      var items: [String: (Int64, Int64)] = [:]
      return try drafts.map { draft in
        let item = try Self.itemKey(draft.itemID, &items, database)
        return try Self.insertTruth(draft, item, database)
      }
    }
  }

  /// Replaces the ground truth of items: all of it is swapped, or nothing.
  /// - Parameter items: the items' ids; those without a draft end without annotations.
  /// - Throws: `GalleyError` as above, and if a draft belongs to another item.
  public func replaceAnnotations(
    ofItems ids: [String], with drafts: [AnnotationDraft]
  ) throws(GalleyError) {
    let known = Set(ids)
    for draft in drafts {
      try draft.check()
      guard known.contains(draft.itemID) else {
        throw GalleyError(.usage, "can't replace the annotations", at: "item \(draft.itemID)", why: "it isn't named")
      }
    }
    try write("can't replace the annotations") { database in
      var items: [String: (Int64, Int64)] = [:]
      for id in ids {
        let item = try Self.itemKey(id, &items, database)
        try database.cachedStatement(sql: "DELETE FROM annotation WHERE item = ?").execute(arguments: [item.0])
      }
      for draft in drafts { _ = try Self.insertTruth(draft, Self.itemKey(draft.itemID, &items, database), database) }
    }
  }

  /// The ground truth of an item, in the order in which it was kept.
  /// - Throws: `GalleyError` if the store can't be read.
  public func annotations(ofItem id: String) throws(GalleyError) -> [PlatformAnnotation] {
    try read("can't read the annotations") { database in
      try Row.fetchAll(
        database, sql: "\(PlatformAnnotation.select(.annotation)) WHERE item.id = ? ORDER BY annotation.number",
        arguments: [id]
      ).map { try PlatformAnnotation($0, .annotation) }
    }
  }

  /// The ground truth of an id.
  /// - Throws: `GalleyError` if there is none.
  public func annotation(_ id: String) throws(GalleyError) -> PlatformAnnotation {
    try read("can't read the annotation") { try Self.truth(id, $0) }
  }

  /// Changes ground truth; `nil` leaves a value as it is. New geometry discards what a foreign document said of the old.
  /// - Throws: `GalleyError` if there is none, or the new values can't be kept.
  @discardableResult
  public func updateAnnotation(
    _ id: String, label: String? = nil, geometry: AnnotationGeometry? = nil, attributes: JSONObject? = nil,
    origin: AnnotationOrigin? = nil
  ) throws(GalleyError) -> PlatformAnnotation {
    try write("can't update the annotation") { database in
      let old = try Self.truth(id, database)
      var document = old.document
      if let geometry, geometry != old.geometry { document = DataloopAnnotation.withoutCoordinates(document) }
      let draft = AnnotationDraft(
        itemID: old.itemID, label: label ?? old.label, geometry: geometry ?? old.geometry, origin: origin ?? old.origin,
        confidence: old.confidence, attributes: attributes ?? old.attributes, document: document)
      try draft.check()
      let (kind, name) = try Self.truthOrigin(draft.origin)
      try database.execute(
        sql: """
          UPDATE annotation SET type = ?, label = ?, geometry_json = ?, attributes_json = ?, document_json = ?,
          origin = ?, origin_name = ?, updated_unix_s = ? WHERE id = ?
          """,
        arguments: [
          draft.geometry.type, draft.label, draft.geometry.value.json, draft.attributes.text, draft.document.text, kind,
          name, Self.now, id,
        ])
      return try Self.truth(id, database)
    }
  }

  /// Removes ground truth.
  /// - Returns: how many annotations there were.
  /// - Throws: `GalleyError` if the store can't be written.
  @discardableResult
  public func deleteAnnotations(_ ids: [String]) throws(GalleyError) -> Int {
    try write("can't delete the annotations") { database in
      try database.execute(
        sql: "DELETE FROM annotation WHERE id IN (SELECT value FROM json_each(?))", arguments: [try Self.encode(ids)])
      return database.changesCount
    }
  }

  private static func truth(_ id: String, _ database: Database) throws -> PlatformAnnotation {
    guard
      let row = try Row.fetchOne(
        database, sql: "\(PlatformAnnotation.select(.annotation)) WHERE annotation.id = ?", arguments: [id])
    else {
      throw GalleyError(
        .missingInput, "can't find the annotation", at: id, why: "the store has no ground truth of that id",
        remedy: "'galley annotation list' shows the ids.")
    }
    return try PlatformAnnotation(row, .annotation)
  }
}

// MARK: - Rows

extension PlatformStore {
  /// The keys of an item and its data set.
  static func itemKey(
    _ id: String, _ known: inout [String: (Int64, Int64)], _ database: Database
  ) throws -> (Int64, Int64) {
    if let key = known[id] { return key }
    let statement = try database.cachedStatement(sql: "SELECT number, dataset FROM item WHERE id = ?")
    guard let row = try Row.fetchOne(statement, arguments: [id]) else {
      throw GalleyError(
        .missingInput, "can't keep the annotations", at: "item \(id)", why: "the store has no such item",
        remedy: "Add the item first.")
    }
    let key: (Int64, Int64) = (row[0], row[1])
    known[id] = key
    return key
  }

  private static func truthOrigin(_ origin: AnnotationOrigin) throws -> (kind: String, name: String) {
    switch origin {
    case .person(let name): return ("person", name)
    case .imported(let source): return ("import", source)
    case .model(let model):
      throw GalleyError(
        .badData, "can't keep the annotation as ground truth", why: "the model \(model.name) made it",
        remedy: "Predictions are kept by a write-back of their model.")
    }
  }

  private static let insertTruth = """
    INSERT INTO annotation (id, item, dataset, type, label, confidence, geometry_json, attributes_json, document_json,
    parent_id, created_unix_s, updated_unix_s, origin, origin_name) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """

  static func insertTruth(_ draft: AnnotationDraft, _ item: (Int64, Int64), _ database: Database) throws -> String {
    let (kind, name) = try truthOrigin(draft.origin)
    var id = draft.id ?? EntityID.make()
    if draft.id != nil, try isTaken(id, "annotation", database) { id = EntityID.make() }
    var arguments = try columns(of: draft, id: id, item)
    arguments += [kind, name]
    try database.cachedStatement(sql: insertTruth).execute(arguments: arguments)
    return id
  }

  static func isTaken(_ id: String, _ table: String, _ database: Database) throws -> Bool {
    let statement = try database.cachedStatement(sql: "SELECT 1 FROM \(table) WHERE id = ?")
    return try Bool.fetchOne(statement, arguments: [id]) != nil
  }

  /// The columns that all annotations have.
  static func columns(of draft: AnnotationDraft, id: String, _ item: (Int64, Int64)) throws -> StatementArguments {
    let now = Self.now
    return [
      id, item.0, item.1, draft.geometry.type, draft.label, draft.confidence, draft.geometry.value.json,
      draft.attributes.text, draft.document.text, draft.parentID, draft.times?.created ?? now,
      draft.times?.updated ?? now,
    ]
  }
}

/// The two tables of annotations.
enum AnnotationTable: String {
  case annotation, prediction
}

extension PlatformAnnotation {
  static func select(_ table: AnnotationTable) -> String {
    let name = table.rawValue
    let columns = [
      "id", "type", "label", "confidence", "geometry_json", "attributes_json", "document_json", "parent_id",
      "created_unix_s", "updated_unix_s",
    ]
    let origin =
      table == .annotation ? ["origin", "origin_name"] : ["model_id", "model_version", "model_name", "run"]
    return "SELECT item.id AS item_id, " + (columns + origin).map { "\(name).\($0)" }.joined(separator: ", ")
      + " FROM \(name) JOIN item ON item.number = \(name).item"
  }

  init(_ row: Row, _ table: AnnotationTable) throws {
    guard let geometry = AnnotationGeometry(try ConfigurationValue(json: Data((row[5] as String).utf8), at: "geometry"))
    else {
      throw GalleyError(.badData, "can't read the annotation", why: "the store is damaged: no geometry")
    }
    let origin: AnnotationOrigin
    switch table {
    case .annotation:
      origin = row["origin"] == "person" ? .person(row["origin_name"]) : .imported(source: row["origin_name"])
    case .prediction:
      origin = .model(
        ModelOrigin(id: row["model_id"], version: row["model_version"], name: row["model_name"], run: row["run"]))
    }
    self.init(
      id: row[1], itemID: row[0], label: row[3], geometry: geometry, confidence: row[4],
      attributes: JSONObject(stored: row[6]), origin: origin, parentID: row[8], document: JSONObject(stored: row[7]),
      created: row[9], updated: row[10])
  }
}
