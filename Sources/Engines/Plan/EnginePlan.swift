// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Galley

/// What an engine will do, with every value resolved, before anything is done.
public struct EnginePlan: Sendable, Hashable, Codable {
  /// Name and version of the format.
  public static let format = "galley.engine-plan/1"

  /// The format of the document.
  public private(set) var format = EnginePlan.format
  /// The verb.
  public var verb: EngineVerb
  /// The model.
  public var model: ModelReference
  /// What it is for.
  public var task: EngineTask
  /// The classes' names, in the order of the model's scores.
  public var labels: [String]
  /// How an item becomes the model's input.
  public var preprocessing: Preprocessing
  /// The data.
  public var data: DataSummary
  /// Who does the work, and what the others said.
  public var backend: BackendDecision
  /// What happens, in this order.
  public var stages: [Stage]
  /// What the user should know.
  public var warnings: [String]

  /// A step of the work, with the values that decide it.
  public struct Stage: Sendable, Hashable, Codable {
    /// Its name: "data", "model", or the verb's.
    public var name: String
    /// What happens, in a clause.
    public var summary: String
    /// The values.
    public var values: [ExplainedValue]
  }

  /// What the plan says of the data.
  public struct DataSummary: Sendable, Hashable, Codable {
    /// What the user named.
    public var path: String
    /// SHA-256 over the items' ids, subsets, classes and bytes: the same wherever the data lies.
    public var identity: Digest
    /// SHA-256 of the file that the backend gets.
    public var file: Digest
    /// Items of each subset, by its name; those of none under "".
    public var counts: [String: Int]
  }

  /// All values, in the order of the stages.
  public var values: [ExplainedValue] { stages.flatMap(\.values) }

  /// The value of a path.
  public func value(_ path: String) -> ExplainedValue? { values.first { $0.path == path } }
}
