// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// What a run tells while it goes on: for a person's terminal, or as JSON lines for a program.
public enum RunEvent: Sendable, Hashable, Encodable {
  /// What will be done, before anything is.
  case planned(Plan)
  /// Something that the pantry lacks is about to be fetched.
  case fetching(ArtifactRequirement)
  /// It is here now.
  case fetched(ArtifactRequirement)
  /// A stage begins.
  case started(stage: String)
  /// An earlier run's result is taken; the stage took this many seconds then.
  case reused(stage: String, seconds: Double)
  /// A stage has come this far.
  case progress(stage: String, Progress)
  /// A stage is done.
  case finished(stage: String, seconds: Double)
  /// Something that a reader of the results must know.
  case warning(String)

  /// How far a stage has come.
  public struct Progress: Sendable, Hashable, Encodable {
    /// Units that are done.
    public var completed: Int
    /// Units in all, if known.
    public var total: Int?
    /// What is counted: `epoch`, `block`.
    public var unit: String
    /// A sentence for people.
    public var message: String?
    /// Figures by name.
    public var metrics: [String: Double]

    /// Creates a report.
    public init(completed: Int, total: Int?, unit: String, message: String? = nil, metrics: [String: Double] = [:]) {
      self.completed = completed
      self.total = total
      self.unit = unit
      self.message = message
      self.metrics = metrics
    }
  }

  private enum CodingKeys: String, CodingKey { case event, stage, seconds, progress, text, plan, artifact }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .planned(let plan):
      try container.encode("planned", forKey: .event)
      try container.encode(plan, forKey: .plan)
    case .fetching(let artifact):
      try container.encode("fetching", forKey: .event)
      try container.encode(artifact, forKey: .artifact)
    case .fetched(let artifact):
      try container.encode("fetched", forKey: .event)
      try container.encode(artifact, forKey: .artifact)
    case .started(let stage):
      try container.encode("started", forKey: .event)
      try container.encode(stage, forKey: .stage)
    case .reused(let stage, let seconds):
      try container.encode("reused", forKey: .event)
      try container.encode(stage, forKey: .stage)
      try container.encode(seconds, forKey: .seconds)
    case .progress(let stage, let progress):
      try container.encode("progress", forKey: .event)
      try container.encode(stage, forKey: .stage)
      try container.encode(progress, forKey: .progress)
    case .finished(let stage, let seconds):
      try container.encode("finished", forKey: .event)
      try container.encode(stage, forKey: .stage)
      try container.encode(seconds, forKey: .seconds)
    case .warning(let text):
      try container.encode("warning", forKey: .event)
      try container.encode(text, forKey: .text)
    }
  }
}
