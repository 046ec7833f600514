// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// What an agent tells of a request while it is not answered.
public enum RequestEvent: Sendable, Hashable {
  /// How far the work is.
  case progress(RequestProgress)
  /// A line of a log.
  case log(level: String, message: String)
  /// How many wait for the machine before this host; 0 for the next one.
  case position(Int)
  /// What the method streams, such as statistics.
  case report(ConfigurationValue)
}

/// How far the work is.
public struct RequestProgress: Sendable, Hashable, Codable {
  /// What is being done.
  public var stage: String
  /// How many of them are done.
  public var completed: Int
  /// How many there are, where that is known.
  public var total: Int?
  /// What is counted, plural.
  public var unit: String?

  /// Describes progress.
  public init(stage: String, completed: Int, total: Int? = nil, unit: String? = nil) {
    self.stage = stage
    self.completed = completed
    self.total = total
    self.unit = unit
  }
}

extension RequestEvent: Codable {
  private enum CodingKeys: String, CodingKey { case event, progress, level, message, position, report }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decode(String.self, forKey: .event) {
    case "progress": self = .progress(try container.decode(RequestProgress.self, forKey: .progress))
    case "log":
      self = .log(
        level: try container.decode(String.self, forKey: .level),
        message: try container.decode(String.self, forKey: .message))
    case "position": self = .position(Int(try container.decode(UInt32.self, forKey: .position)))
    case "report": self = .report(try container.decode(ConfigurationValue.self, forKey: .report))
    case let other:
      throw DecodingError.dataCorruptedError(
        forKey: .event, in: container, debugDescription: "'\(other)' is no event")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .progress(let progress):
      try container.encode("progress", forKey: .event)
      try container.encode(progress, forKey: .progress)
    case .log(let level, let message):
      try container.encode("log", forKey: .event)
      try container.encode(level, forKey: .level)
      try container.encode(message, forKey: .message)
    case .position(let position):
      try container.encode("position", forKey: .event)
      try container.encode(position, forKey: .position)
    case .report(let report):
      try container.encode("report", forKey: .event)
      try container.encode(report, forKey: .report)
    }
  }
}
