// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import GRDB
public import Galley

/// Brings what a model predicted for many items into the store, so that it appears as a whole.
///
/// Predictions are staged item by item, in as many steps and processes as it takes, and nobody sees them. ``swap()``
/// then puts them in the place of what the model had predicted for these items before, in one transaction: whoever
/// is killed before it leaves the former predictions, and what was staged for the next attempt of the same run. Items
/// that were not staged keep what they have.
///
/// A write-back is named by its run and its model's id. Beginning it again goes on; staging an item again replaces what
/// was staged; swapping again changes nothing.
public struct WriteBack: Sendable {
  /// The run.
  public let run: String
  /// The model, as the predictions will name it.
  public let model: ModelOrigin
  /// The id of the data set.
  public let datasetID: String
  let store: PlatformStore
  let number: Int64

  /// What a swap did.
  public struct Summary: Sendable, Hashable, Codable {
    /// Items whose predictions were replaced.
    public var items: Int
    /// The predictions that they have now.
    public var predictions: Int
    /// Whether an earlier call had done it.
    public var wasDone: Bool
  }

  /// Stages the predictions for items: for each of them, all of these or none.
  /// - Parameter predictions: by the item's id; an empty list says that the model found nothing.
  /// - Throws: `GalleyError` if an item isn't in the data set, a draft belongs to another item or isn't this model's,
  ///   or the write-back was swapped already.
  public func stage(_ predictions: [String: [AnnotationDraft]]) throws(GalleyError) {
    for (item, drafts) in predictions {
      for draft in drafts { try check(draft, item) }
    }
    try stage(checked: predictions)
  }

  /// Stages predictions of this model that were checked already.
  package func stage(checked predictions: [String: [AnnotationDraft]]) throws(GalleyError) {
    try store.write("can't stage the predictions") { database in
      guard try swapped(database) == nil else {
        throw GalleyError(
          .usage, "can't stage the predictions", at: "run \(run)", why: "this run was swapped in already",
          remedy: "Use a new run.")
      }
      let dataset = try PlatformStore.require(datasetID, in: .dataset, database)
      var keys: [String: (Int64, Int64)] = [:]
      for (item, drafts) in predictions.sorted(by: { $0.key < $1.key }) {
        let key = try PlatformStore.itemKey(item, &keys, database)
        guard key.1 == dataset else {
          throw GalleyError(
            .badData, "can't stage the predictions", at: "item \(item)", why: "it is in another data set")
        }
        try stage(drafts, key, database)
      }
    }
  }

  private func check(_ draft: AnnotationDraft, _ item: String) throws(GalleyError) {
    try draft.check()
    guard draft.itemID == item else {
      throw GalleyError(
        .badData, "can't stage the predictions", at: "item \(item)", why: "one is for the item \(draft.itemID)")
    }
    guard case .model(let named) = draft.origin, named.id == model.id, named.version == model.version else {
      throw GalleyError(
        .badData, "can't stage the predictions", at: "item \(item)",
        why: "one isn't of the model \(model.id), version \(model.version)")
    }
  }

  private static let insert = """
    INSERT INTO staged_prediction (id, item, dataset, type, label, confidence, geometry_json, attributes_json,
    document_json, parent_id, created_unix_s, updated_unix_s, write_back) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    """

  private func stage(_ drafts: [AnnotationDraft], _ item: (Int64, Int64), _ database: Database) throws {
    try database.cachedStatement(sql: "DELETE FROM staged_item WHERE write_back = ? AND item = ?")
      .execute(arguments: [number, item.0])
    try database.cachedStatement(sql: "INSERT INTO staged_item (write_back, item) VALUES (?, ?)")
      .execute(arguments: [number, item.0])
    for draft in drafts {
      var id = draft.id ?? EntityID.make()
      if draft.id != nil {
        let isTaken = try PlatformStore.isTaken(id, "staged_prediction", database)
        if isTaken { id = EntityID.make() }
      }
      var arguments = try PlatformStore.columns(of: draft, id: id, item)
      arguments += [number]
      try database.cachedStatement(sql: Self.insert).execute(arguments: arguments)
    }
  }

  /// The ids of the items that are staged so far.
  /// - Throws: `GalleyError` if the store can't be read.
  public func stagedItems() throws(GalleyError) -> Set<String> {
    try store.read("can't read what is staged") { database in
      try Set(
        String.fetchAll(
          database,
          sql: "SELECT item.id FROM staged_item s JOIN item ON item.number = s.item WHERE s.write_back = ?",
          arguments: [number]))
    }
  }

  /// What an earlier call of ``swap()`` did, in whatever process; `nil` if there was none.
  /// - Throws: `GalleyError` if the write-back was discarded, or the store can't be read.
  public func done() throws(GalleyError) -> Summary? {
    try store.read("can't read the write-back") { try swapped($0) }
  }

  /// Puts what was staged in the place of the model's former predictions for these items.
  /// - Throws: `GalleyError` if the store can't be written; then all is as it was.
  @discardableResult
  public func swap() throws(GalleyError) -> Summary {
    try store.write("can't swap the predictions in") { database in
      if let done = try swapped(database) { return done }
      let staged = "SELECT item FROM staged_item WHERE write_back = ?"
      try database.execute(
        sql: "DELETE FROM prediction WHERE model_id = ? AND item IN (\(staged))", arguments: [model.id, number])
      // An id that another model's prediction has got meanwhile is made anew.
      try database.execute(
        sql: """
          INSERT INTO prediction (id, item, dataset, type, label, confidence, geometry_json, attributes_json,
          document_json, parent_id, created_unix_s, updated_unix_s, model_id, model_version, model_name, run)
          SELECT CASE WHEN EXISTS (SELECT 1 FROM prediction p WHERE p.id = s.id) THEN lower(hex(randomblob(12)))
          ELSE s.id END, item, dataset, type, label, confidence, geometry_json, attributes_json, document_json,
          parent_id, created_unix_s, updated_unix_s, ?, ?, ?, ? FROM staged_prediction s
          WHERE write_back = ? ORDER BY s.number
          """, arguments: [model.id, model.version, model.name, run, number])
      let predictions = database.changesCount
      try database.execute(sql: "DELETE FROM staged_item WHERE write_back = ?", arguments: [number])
      let items = database.changesCount
      try database.execute(
        sql: """
          UPDATE write_back SET swapped_unix_s = ?, swapped_items = ?, swapped_predictions = ? WHERE number = ?
          """, arguments: [PlatformStore.now, items, predictions, number])
      return Summary(items: items, predictions: predictions, wasDone: false)
    }
  }

  /// Forgets what was staged; the former predictions stay.
  /// - Throws: `GalleyError` if the store can't be written.
  public func discard() throws(GalleyError) {
    try store.write("can't discard what was staged") { database in
      try database.execute(
        sql: "DELETE FROM write_back WHERE number = ? AND swapped_unix_s IS NULL", arguments: [number])
    }
  }

  private func swapped(_ database: Database) throws -> Summary? {
    guard
      let row = try Row.fetchOne(
        database, sql: "SELECT swapped_unix_s, swapped_items, swapped_predictions FROM write_back WHERE number = ?",
        arguments: [number])
    else {
      throw GalleyError(.missingInput, "can't use the write-back", at: "run \(run)", why: "it was discarded")
    }
    guard row[0] as Double? != nil else { return nil }
    return Summary(items: row[1], predictions: row[2], wasDone: true)
  }
}
