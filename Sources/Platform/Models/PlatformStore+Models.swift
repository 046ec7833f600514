// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import GRDB
public import Galley

extension PlatformStore {
  /// Creates a model.
  /// - Parameters:
  ///   - project: A project's name or id; one of an unknown name is created.
  ///   - status: `created`, or `pre-trained` for one that comes with weights.
  /// - Throws: `GalleyError` if the name is empty or taken, or a value can't be used.
  @discardableResult
  public func createModel(
    _ name: String, in project: String = defaultProject, status: ModelStatus = .created,
    _ change: ModelChange = ModelChange()
  ) throws(GalleyError) -> PlatformModel {
    guard status == .created || status == .preTrained else {
      throw GalleyError(
        .usage, "can't create the model", at: name, why: "a new model can't be \(status.rawValue)",
        remedy: "It may be created or pre-trained.")
    }
    return try insertModel(name, in: project, status, change, parent: nil)
  }

  /// The model of a name or an id.
  /// - Throws: `GalleyError` if there is none, or several.
  public func model(_ name: String) throws(GalleyError) -> PlatformModel {
    try read("can't read the model") { try Self.model(Self.require(name, in: .model, $0), $0) }
  }

  /// Changes a model. A new configuration makes a new version.
  /// - Throws: `GalleyError` if there is none, the name is taken, or a value can't be used.
  @discardableResult
  public func updateModel(_ name: String, _ change: ModelChange) throws(GalleyError) -> PlatformModel {
    try change.check()
    return try updateModel(name) { _ in change }
  }

  /// Changes a model by what it is now, in one transaction: nothing that others write meanwhile is undone.
  /// - Parameter change: Gives the change; `nil` for none.
  /// - Throws: `GalleyError` as ``updateModel(_:_:)`` does.
  @discardableResult
  public func updateModel(
    _ name: String, by change: (PlatformModel) -> ModelChange?
  ) throws(GalleyError) -> PlatformModel {
    try write("can't update the model") { database in
      let number = try Self.require(name, in: .model, database)
      let model = try Self.model(number, database)
      guard let change = change(model) else { return model }
      try change.check()
      try Self.update(number, change, database)
      return try Self.model(number, database)
    }
  }

  /// Removes a model with its artifacts, metrics and predictions.
  /// - Throws: `GalleyError` if there is none.
  public func deleteModel(_ name: String) throws(GalleyError) {
    try write("can't delete the model") { database in
      let number = try Self.require(name, in: .model, database)
      try database.execute(
        sql: "DELETE FROM prediction WHERE model_id = (SELECT id FROM model WHERE number = ?)", arguments: [number])
      try database.execute(
        sql: """
          DELETE FROM write_back WHERE swapped_unix_s IS NULL
          AND model_id = (SELECT id FROM model WHERE number = ?)
          """, arguments: [number])
      try database.execute(sql: "DELETE FROM model WHERE number = ?", arguments: [number])
    }
    try removeUnusedFiles()
  }

  /// Copies a model: artifacts, configuration, labels, subsets and all else but metrics, predictions and history.
  ///
  /// The copy is `cloning` until it is whole, then what the original can be begun with: `trained` and `deployed` give a
  /// trained one, `pre-trained` a pre-trained one, and all others a created one.
  /// - Throws: `GalleyError` if there is no such model, or the new name is taken.
  public func cloneModel(
    _ name: String, as newName: String, in project: String? = nil, _ change: ModelChange = ModelChange()
  ) throws(GalleyError) -> PlatformModel {
    let source = try model(name)
    var whole = change
    whole.description = change.description ?? source.description
    whole.dataset = change.dataset ?? source.datasetID
    whole.inputType = change.inputType ?? source.inputType
    whole.outputType = change.outputType ?? source.outputType
    whole.labels = change.labels ?? source.labels
    whole.tags = change.tags ?? source.tags
    whole.configuration = change.configuration ?? source.configuration
    whole.subsets = change.subsets ?? source.subsets
    whole.metadata = change.metadata ?? source.metadata
    let copy = try insertModel(newName, in: project ?? source.projectID, .cloning, whole, parent: source.id)
    do throws(GalleyError) {
      try write("can't clone the model") { database in
        try database.execute(
          sql: """
            INSERT INTO model_artifact (model, path, digest, size_bytes)
            SELECT (SELECT number FROM model WHERE id = ?), path, digest, size_bytes FROM model_artifact
            WHERE model = (SELECT number FROM model WHERE id = ?)
            """, arguments: [copy.id, source.id])
      }
    } catch {
      _ = try? setStatus(.failed, ofModel: copy.id, reason: error.why)
      throw error
    }
    let status: ModelStatus =
      switch source.status {
      case .trained, .deployed: .trained
      case .preTrained: .preTrained
      default: .created
      }
    return try setStatus(status, ofModel: copy.id)
  }

  private func insertModel(
    _ name: String, in project: String, _ status: ModelStatus, _ change: ModelChange, parent: String?
  ) throws(GalleyError) -> PlatformModel {
    var change = change
    change.name = nil
    try EntityName.check(name, "model")
    try change.check()
    return try write("can't create the model") { database in
      let owner = try Self.projectNumber(project, database)
      guard try !Self.isTaken(name, owner, except: nil, database) else { throw EntityName.taken(name, "model") }
      let now = Self.now
      try database.execute(
        sql: """
          INSERT INTO model (id, project, name, version, parent_id, input_type, output_type, status,
          status_owner_json, labels_json, tags_json, configuration_json, subsets_json, metadata_json, created_unix_s,
          updated_unix_s) VALUES (?, ?, ?, 1, ?, 'image', 'class', ?, ?, '[]', '[]', '{}', '{}', '{}', ?, ?)
          """,
        arguments: [
          EntityID.make(), owner, name, parent, status.rawValue,
          status.needsProcess ? try Self.encode(ProcessIdentity.current) : nil, now, now,
        ])
      let number = database.lastInsertedRowID
      try Self.update(number, change, isNew: true, database)
      try Self.record(status, nil, number, database)
      return try Self.model(number, database)
    }
  }

  private static func isTaken(_ name: String, _ project: Int64, except number: Int64?, _ database: Database) throws
    -> Bool
  {
    try Bool.fetchOne(
      database, sql: "SELECT 1 FROM model WHERE name = ? AND project = ? AND number IS NOT ?",
      arguments: [name, project, number]) != nil
  }

  static func update(
    _ number: Int64, _ change: ModelChange, isNew: Bool = false, _ database: Database
  ) throws {
    if let name = change.name {
      let project = try Int64.fetchOne(database, sql: "SELECT project FROM model WHERE number = ?", arguments: [number])
      if try isTaken(name, project ?? 0, except: number, database) { throw EntityName.taken(name, "model") }
    }
    let dataset = try change.dataset.map { try require($0, in: .dataset, database) }
    try database.execute(
      sql: """
        UPDATE model SET name = coalesce(?, name), description = coalesce(?, description),
        dataset = coalesce(?, dataset), input_type = coalesce(?, input_type),
        output_type = coalesce(?, output_type), labels_json = coalesce(?, labels_json),
        tags_json = coalesce(?, tags_json), configuration_json = coalesce(?, configuration_json),
        subsets_json = coalesce(?, subsets_json), metadata_json = coalesce(?, metadata_json),
        version = version + ?, updated_unix_s = ? WHERE number = ?
        """,
      arguments: [
        change.name, change.description, dataset, change.inputType, change.outputType,
        try change.labels.map { try encode($0) }, try change.tags.map { try encode($0) }, change.configuration?.text,
        try change.subsets.map { try encode($0) }, change.metadata?.text,
        change.configuration == nil || isNew ? 0 : 1, now, number,
      ])
  }

  static func model(_ number: Int64, _ database: Database) throws -> PlatformModel {
    let artifacts = try Row.fetchAll(
      database, sql: "SELECT path, digest, size_bytes FROM model_artifact WHERE model = ? ORDER BY path",
      arguments: [number]
    ).map { ModelArtifact(path: $0[0], digest: $0[1], byteCount: $0[2]) }
    return try PlatformModel(row(of: number, in: .model, database), artifacts)
  }
}

extension PlatformModel {
  static let select = """
    SELECT model.*, project.id AS project_id, dataset.id AS dataset_id FROM model
    JOIN project ON project.number = model.project LEFT JOIN dataset ON dataset.number = model.dataset
    """

  init(_ row: Row, _ artifacts: [ModelArtifact]) throws {
    let status: String = row["status"]
    let owner: String? = row["status_owner_json"]
    self.init(
      id: row["id"], projectID: row["project_id"], name: row["name"], version: row["version"],
      description: row["description"], datasetID: row["dataset_id"], parentID: row["parent_id"],
      inputType: row["input_type"], outputType: row["output_type"], status: ModelStatus(rawValue: status) ?? .failed,
      statusReason: row["status_reason"], statusOwner: try owner.map { try PlatformStore.decode($0) },
      labels: try PlatformStore.decode(row["labels_json"]), tags: try PlatformStore.decode(row["tags_json"]),
      configuration: JSONObject(stored: row["configuration_json"]),
      subsets: try PlatformStore.decode(row["subsets_json"]), metadata: JSONObject(stored: row["metadata_json"]),
      artifacts: artifacts, created: row["created_unix_s"], updated: row["updated_unix_s"])
  }
}
