// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import GRDB
public import Galley

extension PlatformStore {
  /// The project that takes data sets and models when none is named.
  public static let defaultProject = "default"

  /// Creates a data set.
  /// - Parameters:
  ///   - project: A project's name or id; one of an unknown name is created.
  ///   - labels: The classes that its annotations may have.
  /// - Throws: `GalleyError` if the name is empty or taken in the project.
  @discardableResult
  public func createDataset(
    _ name: String, in project: String = defaultProject, labels: [DatasetClass] = [], metadata: JSONObject = .empty
  ) throws(GalleyError) -> PlatformDataset {
    try EntityName.check(name, "data set")
    return try write("can't create the data set") { database in
      let owner = try Self.projectNumber(project, database)
      let isTaken = try Bool.fetchOne(
        database, sql: "SELECT 1 FROM dataset WHERE project = ? AND name = ?", arguments: [owner, name])
      guard isTaken == nil else { throw EntityName.taken(name, "data set") }
      let now = Self.now
      try database.execute(
        sql: """
          INSERT INTO dataset (id, project, name, labels_json, metadata_json, created_unix_s, updated_unix_s)
          VALUES (?, ?, ?, ?, ?, ?, ?)
          """,
        arguments: [EntityID.make(), owner, name, try Self.encode(labels), metadata.text, now, now])
      return try PlatformDataset(Self.row(of: database.lastInsertedRowID, in: .dataset, database))
    }
  }

  /// The data set of a name or an id; `PROJECT/NAME` tells two of the same name apart.
  /// - Throws: `GalleyError` if there is none, or several.
  public func dataset(_ name: String) throws(GalleyError) -> PlatformDataset {
    try read("can't read the data set") { database in
      try PlatformDataset(Self.row(of: Self.require(name, in: .dataset, database), in: .dataset, database))
    }
  }

  /// How much a data set holds.
  /// - Throws: `GalleyError` if there is none of that name or id.
  public func counts(ofDataset name: String) throws(GalleyError) -> DatasetCounts {
    try read("can't count the data set") { database in
      let number = try Self.require(name, in: .dataset, database)
      func count(_ table: String) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT count(*) FROM \(table) WHERE dataset = ?", arguments: [number]) ?? 0
      }
      return DatasetCounts(
        items: try count("item"), annotations: try count("annotation"), predictions: try count("prediction"))
    }
  }

  /// Changes what is known of a data set; `nil` leaves a value as it is.
  /// - Throws: `GalleyError` if there is none, or the name is taken.
  @discardableResult
  public func updateDataset(
    _ name: String, newName: String? = nil, labels: [DatasetClass]? = nil, metadata: JSONObject? = nil
  ) throws(GalleyError) -> PlatformDataset {
    if let newName { try EntityName.check(newName, "data set") }
    return try write("can't update the data set") { database in
      let number = try Self.require(name, in: .dataset, database)
      if let newName {
        let isTaken = try Bool.fetchOne(
          database,
          sql: """
            SELECT 1 FROM dataset WHERE name = ? AND number <> ?
            AND project = (SELECT project FROM dataset WHERE number = ?)
            """, arguments: [newName, number, number])
        guard isTaken == nil else { throw EntityName.taken(newName, "data set") }
      }
      try database.execute(
        sql: """
          UPDATE dataset SET name = coalesce(?, name), labels_json = coalesce(?, labels_json),
          metadata_json = coalesce(?, metadata_json), updated_unix_s = ? WHERE number = ?
          """,
        arguments: [newName, try labels.map { try Self.encode($0) }, metadata?.text, Self.now, number])
      return try PlatformDataset(Self.row(of: number, in: .dataset, database))
    }
  }

  /// Adds classes that a data set doesn't know yet, told apart byte by byte.
  func addLabels(_ labels: [DatasetClass], toDataset number: Int64, _ database: Database) throws {
    let known = try PlatformDataset(Self.row(of: number, in: .dataset, database)).labels
    var names = Set(known.map { Array($0.name.utf8) })
    let added = labels.filter { names.insert(Array($0.name.utf8)).inserted }
    guard !added.isEmpty else { return }
    try database.execute(
      sql: "UPDATE dataset SET labels_json = ?, updated_unix_s = ? WHERE number = ?",
      arguments: [try Self.encode(known + added), Self.now, number])
  }

  /// Removes a data set with its items, annotations and predictions.
  /// - Throws: `GalleyError` if there is none.
  public func deleteDataset(_ name: String) throws(GalleyError) {
    try write("can't delete the data set") { database in
      let number = try Self.require(name, in: .dataset, database)
      try database.execute(sql: "DELETE FROM dataset WHERE number = ?", arguments: [number])
    }
    try removeUnusedFiles()
  }

  static func projectNumber(_ name: String, _ database: Database) throws -> Int64 {
    if let number = try number(of: name, in: .project, database) { return number }
    try EntityName.check(name, "project")
    let now = Self.now
    try database.execute(
      sql: "INSERT INTO project (id, name, metadata_json, created_unix_s, updated_unix_s) VALUES (?, ?, '{}', ?, ?)",
      arguments: [EntityID.make(), name, now, now])
    return database.lastInsertedRowID
  }

  static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  static func decode<Value: Decodable>(_ text: String, as type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }
}

extension PlatformDataset {
  static let select = """
    SELECT dataset.*, project.id AS project_id FROM dataset JOIN project ON project.number = dataset.project
    """

  init(_ row: Row) throws {
    self.init(
      id: try row.decode(forColumn: "id"), projectID: try row.decode(forColumn: "project_id"),
      name: try row.decode(forColumn: "name"), labels: try PlatformStore.decode(row.decode(forColumn: "labels_json")),
      metadata: JSONObject(stored: try row.decode(forColumn: "metadata_json")),
      created: try row.decode(forColumn: "created_unix_s"), updated: try row.decode(forColumn: "updated_unix_s"))
  }
}
