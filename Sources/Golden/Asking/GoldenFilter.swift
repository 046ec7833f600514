// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import GRDB

/// Which rows of a volume are meant: those that agree with everything that is said.
public struct GoldenFilter: Sendable, Hashable {
  /// Digest of the resolved recipe.
  public var recipeDigest: Digest?
  /// Digest of the items measured on.
  public var dataDigest: Digest?
  /// Digest of the model's file.
  public var modelDigest: Digest?
  /// The task.
  public var task: String?
  /// The target.
  public var target: String?
  /// The variant's name.
  public var variant: String?
  /// Where rows come from.
  public var status: GoldenRow.Status?

  /// A filter; without arguments it lets all rows through.
  public init(
    recipeDigest: Digest? = nil, dataDigest: Digest? = nil, modelDigest: Digest? = nil, task: String? = nil,
    target: String? = nil, variant: String? = nil, status: GoldenRow.Status? = nil
  ) {
    self.recipeDigest = recipeDigest
    self.dataDigest = dataDigest
    self.modelDigest = modelDigest
    self.task = task
    self.target = target
    self.variant = variant
    self.status = status
  }

  /// The condition in SQL, with its arguments.
  var condition: (sql: String, arguments: StatementArguments) {
    let wanted: [(String, String?)] = [
      ("recipe_digest", recipeDigest?.hex), ("data_digest", dataDigest?.hex), ("model_digest", modelDigest?.hex),
      ("task", task), ("target", target), ("variant", variant),
      ("status", status?.rawValue),
    ]
    let said = wanted.compactMap { column, value in value.map { (column, $0) } }
    guard !said.isEmpty else { return ("TRUE", []) }
    return (said.map { "golden.\($0.0) = ?" }.joined(separator: " AND "), StatementArguments(said.map(\.1)))
  }
}
