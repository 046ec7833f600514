// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// How far a request has come: a notification of the worker.
public struct WorkerProgress: Sendable, Hashable, Codable {
  /// The request.
  public var request: RequestID
  /// What is being done, as a noun or gerund: "training".
  public var stage: String
  /// Units done so far.
  public var completed: Int
  /// Units in all; `nil` if that isn't known.
  public var total: Int?
  /// What is counted, in the plural: "epochs".
  public var unit: String
  /// One line for people.
  public var message: String?
  /// Numbers by name, such as a loss; they may be infinite or NaN.
  public var metrics: [String: Double]

  enum CodingKeys: String, CodingKey {
    case request = "id"
    case stage, completed, total, unit, message, metrics
  }

  /// Creates a report.
  public init(
    request: RequestID, stage: String, completed: Int, total: Int? = nil, unit: String = "", message: String? = nil,
    metrics: [String: Double] = [:]
  ) {
    self.request = request
    self.stage = stage
    self.completed = completed
    self.total = total
    self.unit = unit
    self.message = message
    self.metrics = metrics
  }

  /// Reads a report; what another language's worker leaves out takes its default.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    request = try container.decode(RequestID.self, forKey: .request)
    stage = try container.decode(String.self, forKey: .stage)
    completed = try container.decodeIfPresent(Int.self, forKey: .completed) ?? 0
    total = try container.decodeIfPresent(Int.self, forKey: .total)
    unit = try container.decodeIfPresent(String.self, forKey: .unit) ?? ""
    message = try container.decodeIfPresent(String.self, forKey: .message)
    metrics = try container.decodeIfPresent([String: Double].self, forKey: .metrics) ?? [:]
  }
}

/// A line for the log: a notification of the worker.
public struct WorkerLogLine: Sendable, Hashable, Codable {
  /// How much the line matters.
  public var level: LogLevel
  /// The line.
  public var message: String

  /// Creates a line.
  public init(level: LogLevel, message: String) {
    self.level = level
    self.message = message
  }
}
