// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// An event as JSON is one object: `event` says which it is, its values stand beside it.
extension EngineEvent {
  private enum Name: String, Codable {
    case started, step, epoch, metric, checkpoint, item, warning, finished
  }

  private enum CodingKeys: String, CodingKey {
    case event, verb, total, unit, name, value, step, message, status
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    switch try container.decode(Name.self, forKey: .event) {
    case .started:
      self = .started(
        try container.decode(EngineVerb.self, forKey: .verb),
        total: try container.decodeIfPresent(Int.self, forKey: .total),
        unit: try container.decodeIfPresent(String.self, forKey: .unit) ?? "")
    case .step: self = .step(try StepReport(from: decoder))
    case .epoch: self = .epoch(try EpochReport(from: decoder))
    case .metric:
      self = .metric(
        name: try container.decode(String.self, forKey: .name),
        value: try container.decode(Double.self, forKey: .value),
        step: try container.decodeIfPresent(Int.self, forKey: .step))
    case .checkpoint: self = .checkpoint(try CheckpointReport(from: decoder))
    case .item: self = .item(try ItemResult(from: decoder))
    case .warning: self = .warning(try container.decode(String.self, forKey: .message))
    case .finished: self = .finished(try container.decode(RunStatus.self, forKey: .status))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .started(let verb, let total, let unit):
      try container.encode(Name.started, forKey: .event)
      try container.encode(verb, forKey: .verb)
      try container.encodeIfPresent(total, forKey: .total)
      try container.encode(unit, forKey: .unit)
    case .step(let report):
      try container.encode(Name.step, forKey: .event)
      try report.encode(to: encoder)
    case .epoch(let report):
      try container.encode(Name.epoch, forKey: .event)
      try report.encode(to: encoder)
    case .metric(let name, let value, let step):
      try container.encode(Name.metric, forKey: .event)
      try container.encode(name, forKey: .name)
      try container.encode(value, forKey: .value)
      try container.encodeIfPresent(step, forKey: .step)
    case .checkpoint(let report):
      try container.encode(Name.checkpoint, forKey: .event)
      try report.encode(to: encoder)
    case .item(let result):
      try container.encode(Name.item, forKey: .event)
      try result.encode(to: encoder)
    case .warning(let message):
      try container.encode(Name.warning, forKey: .event)
      try container.encode(message, forKey: .message)
    case .finished(let status):
      try container.encode(Name.finished, forKey: .event)
      try container.encode(status, forKey: .status)
    }
  }
}
