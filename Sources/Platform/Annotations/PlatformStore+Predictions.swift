// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import GRDB
public import Galley

/// A write-back that was begun.
public struct WriteBackRecord: Sendable, Hashable, Codable {
  /// The run.
  public var run: String
  /// The model's id.
  public var modelID: String
  /// The model's version.
  public var modelVersion: String
  /// The id of the data set.
  public var datasetID: String
  /// When it was begun, in seconds since 1970.
  public var started: Double
  /// When it was swapped in; `nil` if that has not happened.
  public var swapped: Double?
  /// Items that are staged, or were swapped in.
  public var items: Int
}

extension PlatformStore {
  /// Begins to bring a model's predictions, or goes on with what an earlier process began under the same run.
  /// - Parameters:
  ///   - model: The model; its `run` names the write-back.
  ///   - dataset: The name or id of the data set whose items are meant.
  /// - Throws: `GalleyError` if the origin is incomplete, there is no such data set, or the run was begun by another
  ///   version of the model or for another data set.
  public func beginWriteBack(of model: ModelOrigin, to dataset: String) throws(GalleyError) -> WriteBack {
    try AnnotationOrigin.model(model).check()
    return try write("can't begin the write-back") { database in
      let target = try Self.require(dataset, in: .dataset, database)
      let known = try Row.fetchOne(
        database, sql: "SELECT number, model_version, dataset FROM write_back WHERE run = ? AND model_id = ?",
        arguments: [model.run, model.id])
      let number: Int64
      if let known {
        guard known[1] == model.version, known[2] == target else {
          throw GalleyError(
            .usage, "can't go on with the write-back", at: "run \(model.run)",
            why: "it was begun by version \(known[1] as String) of the model, or for another data set",
            remedy: "Use a new run.")
        }
        number = known[0]
      } else {
        try database.execute(
          sql: """
            INSERT INTO write_back (run, model_id, model_version, model_name, dataset, started_unix_s)
            VALUES (?, ?, ?, ?, ?, ?)
            """, arguments: [model.run, model.id, model.version, model.name, target, Self.now])
        number = database.lastInsertedRowID
      }
      let id: String = try Self.row(of: target, in: .dataset, database)["id"]
      return WriteBack(run: model.run, model: model, datasetID: id, store: self, number: number)
    }
  }

  /// The write-backs that were begun, the latest first.
  /// - Throws: `GalleyError` if the store can't be read.
  public func writeBacks() throws(GalleyError) -> [WriteBackRecord] {
    try read("can't list the write-backs") { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT w.run, w.model_id, w.model_version, dataset.id, w.started_unix_s, w.swapped_unix_s,
          coalesce(w.swapped_items, (SELECT count(*) FROM staged_item s WHERE s.write_back = w.number))
          FROM write_back w JOIN dataset ON dataset.number = w.dataset ORDER BY w.number DESC
          """
      ).map { row in
        WriteBackRecord(
          run: row[0], modelID: row[1], modelVersion: row[2], datasetID: row[3], started: row[4], swapped: row[5],
          items: row[6])
      }
    }
  }

  /// What models predicted for an item, in the order in which it was kept.
  /// - Parameter model: The id of the only model that is asked for.
  /// - Throws: `GalleyError` if the store can't be read.
  public func predictions(ofItem id: String, model: String? = nil) throws(GalleyError) -> [PlatformAnnotation] {
    try read("can't read the predictions") { database in
      try Row.fetchAll(
        database,
        sql: """
          \(PlatformAnnotation.select(.prediction)) WHERE item.id = ? AND (? IS NULL OR prediction.model_id = ?)
          ORDER BY prediction.number
          """, arguments: [id, model, model]
      ).map { try PlatformAnnotation($0, .prediction) }
    }
  }

  /// The ids of the items of a data set of which a version of a model has predicted something.
  /// - Throws: `GalleyError` if there is no such data set, or the store can't be read.
  package func predictedItems(
    in dataset: String, by model: String, version: String
  ) throws(GalleyError) -> Set<String> {
    try read("can't read the predictions") { database in
      try String.fetchSet(
        database,
        sql: """
          SELECT DISTINCT item.id FROM prediction JOIN item ON item.number = prediction.item
          WHERE prediction.dataset = ? AND prediction.model_id = ? AND prediction.model_version = ?
          """, arguments: [try Self.require(dataset, in: .dataset, database), model, version])
    }
  }

  /// Removes what a model predicted, in one data set or in all.
  /// - Returns: how many predictions there were.
  /// - Throws: `GalleyError` if there is no such data set or the store can't be written.
  @discardableResult
  public func deletePredictions(ofModel id: String, in dataset: String? = nil) throws(GalleyError) -> Int {
    try write("can't delete the predictions") { database in
      let number = try dataset.map { try Self.require($0, in: .dataset, database) }
      try database.execute(
        sql: "DELETE FROM prediction WHERE model_id = ? AND (? IS NULL OR dataset = ?)",
        arguments: [id, number, number])
      return database.changesCount
    }
  }
}
