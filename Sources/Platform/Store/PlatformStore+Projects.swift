// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import GRDB
public import Galley

extension PlatformStore {
  /// Creates a project.
  /// - Throws: `GalleyError` if the name is empty or taken.
  @discardableResult
  public func createProject(_ name: String, metadata: JSONObject = .empty) throws(GalleyError) -> PlatformProject {
    try EntityName.check(name, "project")
    return try write("can't create the project") { database in
      guard try Self.number(of: name, in: .project, database) == nil else { throw EntityName.taken(name, "project") }
      let (id, now) = (EntityID.make(), Self.now)
      try database.execute(
        sql: "INSERT INTO project (id, name, metadata_json, created_unix_s, updated_unix_s) VALUES (?, ?, ?, ?, ?)",
        arguments: [id, name, metadata.text, now, now])
      return PlatformProject(id: id, name: name, metadata: metadata, created: now, updated: now)
    }
  }

  /// The project of a name or an id.
  /// - Throws: `GalleyError` if there is none.
  public func project(_ name: String) throws(GalleyError) -> PlatformProject {
    try read("can't read the project") { database in
      let number = try Self.require(name, in: .project, database)
      return try PlatformProject(Self.row(of: number, in: .project, database))
    }
  }

  /// All projects, by name.
  /// - Throws: `GalleyError` if the store can't be read.
  public func projects() throws(GalleyError) -> [PlatformProject] {
    try read("can't list the projects") { database in
      try Row.fetchAll(database, sql: "SELECT * FROM project ORDER BY name").map { try PlatformProject($0) }
    }
  }

  /// Removes a project with its data sets and models.
  /// - Throws: `GalleyError` if there is none.
  public func deleteProject(_ name: String) throws(GalleyError) {
    try write("can't delete the project") { database in
      let number = try Self.require(name, in: .project, database)
      try database.execute(
        sql: "DELETE FROM prediction WHERE model_id IN (SELECT id FROM model WHERE project = ?)", arguments: [number])
      try database.execute(sql: "DELETE FROM project WHERE number = ?", arguments: [number])
    }
    try removeUnusedFiles()
  }

  /// Removes files that no item and no model has any more.
  /// - Parameter minimumAge: seconds since a file was kept; a younger one may belong to what another process is adding.
  /// - Returns: how many files were removed, and how many bytes they had.
  /// - Throws: `GalleyError` if the store can't be read.
  @discardableResult
  public func removeUnusedFiles(minimumAge: Double = 3600) throws(GalleyError) -> (files: Int, bytes: Int) {
    let used = try read("can't look for unused files") { database in
      try String.fetchAll(database, sql: "SELECT digest FROM item UNION SELECT digest FROM model_artifact")
    }
    return files.collect(keeping: Set(used), minimumAge: minimumAge)
  }
}

// MARK: - Names and ids

extension PlatformStore {
  /// Whether an error says that what is in the store stands in the way, and not what was asked for itself: a name is
  /// taken, or several things have it.
  public static func isConflict(_ error: GalleyError) -> Bool {
    error.exitCode == .usage && EntityName.isConflict(error)
  }

  /// Tables whose rows are found by name or id.
  enum Table: String {
    case project, dataset, model

    var list: String {
      switch self {
      case .project, .dataset: "galley dataset list"
      case .model: "galley model list"
      }
    }

    var words: String { self == .dataset ? "data set" : rawValue }
  }

  /// The key of the row with an id, or with a name that only one has; `nil` if there is none.
  ///
  /// `project/name` tells two of the same name in two projects apart.
  static func number(of name: String, in table: Table, _ database: Database) throws -> Int64? {
    if let number = try Int64.fetchOne(
      database, sql: "SELECT number FROM \(table.rawValue) WHERE id = ?", arguments: [name])
    {
      return number
    }
    var found = try Int64.fetchAll(
      database, sql: "SELECT number FROM \(table.rawValue) WHERE name = ? LIMIT 2", arguments: [name])
    if found.isEmpty, table != .project {
      found = try Int64.fetchAll(
        database,
        sql: """
          SELECT t.number FROM \(table.rawValue) t JOIN project ON project.number = t.project
          WHERE project.name || '/' || t.name = ? LIMIT 2
          """, arguments: [name])
    }
    guard found.count < 2 else {
      throw GalleyError(
        .usage, "can't tell which \(table.words) is meant", at: name, why: EntityName.ambiguity,
        remedy: "Give its id, or PROJECT/NAME.")
    }
    return found.first
  }

  static func require(_ name: String, in table: Table, _ database: Database) throws -> Int64 {
    if let number = try number(of: name, in: table, database) { return number }
    let names = try String.fetchAll(database, sql: "SELECT name FROM \(table.rawValue)")
    throw PlatformFailure.missing(table.words, name, near: names, list: table.list)
  }

  static func row(of number: Int64, in table: Table, _ database: Database) throws -> Row {
    let select =
      switch table {
      case .project: "SELECT * FROM project"
      case .dataset: PlatformDataset.select
      case .model: PlatformModel.select
      }
    guard let row = try Row.fetchOne(database, sql: "\(select) WHERE \(table.rawValue).number = ?", arguments: [number])
    else { throw GalleyError(.missingInput, "can't find the \(table.words)", why: "it was removed meanwhile") }
    return row
  }
}

/// Names that people give.
enum EntityName {
  static let ambiguity = "several projects have one of that name"
  private static let takenReason = "there is one of that name already"

  /// Whether an error says that a name means something else already.
  static func isConflict(_ error: GalleyError) -> Bool { error.why == ambiguity || error.why == takenReason }

  static func check(_ name: String, _ what: String) throws(GalleyError) {
    func refuse(_ why: String) -> GalleyError {
      GalleyError(.usage, "can't use the \(what)'s name", at: name, why: why, remedy: "Choose another name.")
    }
    guard !name.isEmpty else { throw refuse("it is empty") }
    guard name.utf8.count <= 255 else { throw refuse("it is longer than 255 bytes") }
    guard !name.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { throw refuse("a control character is in it") }
  }

  static func taken(_ name: String, _ what: String) -> GalleyError {
    GalleyError(
      .usage, "can't create the \(what)", at: name, why: takenReason,
      remedy: "Choose another name, or use that one.")
  }
}

extension PlatformProject {
  init(_ row: Row) throws {
    self.init(
      id: try row.decode(forColumn: "id"), name: try row.decode(forColumn: "name"),
      metadata: JSONObject(stored: try row.decode(forColumn: "metadata_json")),
      created: try row.decode(forColumn: "created_unix_s"), updated: try row.decode(forColumn: "updated_unix_s"))
  }
}
