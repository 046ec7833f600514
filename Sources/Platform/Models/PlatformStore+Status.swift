// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import GRDB
public import Galley

/// A model whose process died while it was in training or cloning, and which was therefore written down as failed.
public struct ModelRepair: Sendable, Hashable, Codable, CustomStringConvertible {
  /// The model's id.
  public let id: String
  /// Its name.
  public let name: String
  /// The state that it had been left in.
  public let status: ModelStatus
  /// Why it failed.
  public let reason: String

  public var description: String { "the model '\(name)' (\(id)) failed: \(reason)" }

  /// Finds and repairs them. States that a person set, without a process, stay.
  static func run(_ pool: DatabasePool) throws -> [ModelRepair] {
    let left = """
      SELECT number, id, name, status, status_owner_json FROM model
      WHERE status IN ('training', 'cloning') AND status_owner_json IS NOT NULL
      """
    func abandoned(_ database: Database) throws -> [(Int64, ModelRepair)] {
      try Row.fetchAll(database, sql: left).compactMap { row in
        let owner: ProcessIdentity = try PlatformStore.decode(row[4])
        guard owner.isAlive == false, let status = ModelStatus(rawValue: row[3]) else { return nil }
        let reason = "the process \(owner.number) on \(owner.host) ended while the model was \(status.rawValue)"
        return (row[0], ModelRepair(id: row[1], name: row[2], status: status, reason: reason))
      }
    }
    guard try !pool.read(abandoned).isEmpty else { return [] }
    return try pool.writeWithoutTransaction { database in
      var repairs: [ModelRepair] = []
      try database.inTransaction(.immediate) {
        for (number, repair) in try abandoned(database) {
          try PlatformStore.set(.failed, repair.reason, owner: nil, number, database)
          repairs.append(repair)
        }
        return .commit
      }
      return repairs
    }
  }
}

extension PlatformStore {
  /// Brings a model into another state.
  /// - Parameters:
  ///   - reason: Why, for people; asked for when it failed.
  ///   - owner: The process that is at work; when it is gone, the next who opens the store writes the model down as
  ///     failed. `nil` in states that no process stands for.
  /// - Throws: `GalleyError` that names the legal states if this one can't follow, or if there is no such model.
  @discardableResult
  public func setStatus(
    _ status: ModelStatus, ofModel name: String, reason: String? = nil, owner: ProcessIdentity? = nil
  ) throws(GalleyError) -> PlatformModel {
    try write("can't set the model's status") { database in
      let number = try Self.require(name, in: .model, database)
      let model = try Self.model(number, database)
      guard model.status.next.contains(status) else { throw model.status.refusal(of: status, model: model.name) }
      try Self.set(status, reason, owner: status.needsProcess ? owner : nil, number, database)
      return try Self.model(number, database)
    }
  }

  /// Runs `body` while a model is in training, and writes down how it ended, whatever happens: an error makes it
  /// `failed` with the reason, and if this process is killed, the next who opens the store does that.
  /// - Throws: `GalleyError` if the model can't be trained now; what `body` throws.
  public func training<Result>(
    ofModel name: String, _ body: (PlatformModel) async throws -> Result
  ) async throws -> Result {
    let model = try setStatus(.training, ofModel: name, owner: .current)
    do {
      let result = try await body(model)
      try setStatus(.trained, ofModel: model.id)
      return result
    } catch {
      let reason = error is CancellationError ? "it was interrupted" : "\((error as? GalleyError)?.why ?? "\(error)")"
      _ = try? setStatus(.failed, ofModel: model.id, reason: reason)
      throw error
    }
  }

  /// A model's states, the first one first.
  /// - Throws: `GalleyError` if there is no such model.
  public func statusHistory(ofModel name: String) throws(GalleyError) -> [StatusChange] {
    try read("can't read the model's history") { database in
      let number = try Self.require(name, in: .model, database)
      return try Row.fetchAll(
        database, sql: "SELECT status, reason, at_unix_s FROM model_status_change WHERE model = ? ORDER BY number",
        arguments: [number]
      ).map { StatusChange(status: ModelStatus(rawValue: $0[0]) ?? .failed, reason: $0[1], at: $0[2]) }
    }
  }

  static func set(
    _ status: ModelStatus, _ reason: String?, owner: ProcessIdentity?, _ number: Int64, _ database: Database
  ) throws {
    try database.execute(
      sql: """
        UPDATE model SET status = ?, status_reason = ?, status_owner_json = ?, updated_unix_s = ? WHERE number = ?
        """, arguments: [status.rawValue, reason, try owner.map { try encode($0) }, now, number])
    try record(status, reason, number, database)
  }

  static func record(_ status: ModelStatus, _ reason: String?, _ number: Int64, _ database: Database) throws {
    try database.execute(
      sql: "INSERT INTO model_status_change (model, status, reason, at_unix_s) VALUES (?, ?, ?, ?)",
      arguments: [number, status.rawValue, reason, now])
  }
}
