// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A result as JSON is one object: `id`, `status` (`ok`, `failed`, `skipped`), and the outcome's values beside them.
extension ItemResult {
  private enum Status: String, Codable { case ok, failed, skipped }

  private enum CodingKeys: String, CodingKey { case id, status, stage, reason }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let outcome: Outcome =
      switch try container.decode(Status.self, forKey: .status) {
      case .ok: .ok(try Answer(from: decoder))
      case .failed:
        .failed(
          stage: try container.decode(Stage.self, forKey: .stage),
          reason: try container.decode(String.self, forKey: .reason))
      case .skipped: .skipped(reason: try container.decode(String.self, forKey: .reason))
      }
    self.init(id: try container.decode(String.self, forKey: .id), outcome)
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(id, forKey: .id)
    switch outcome {
    case .ok(let answer):
      try container.encode(Status.ok, forKey: .status)
      try answer.encode(to: encoder)
    case .failed(let stage, let reason):
      try container.encode(Status.failed, forKey: .status)
      try container.encode(stage, forKey: .stage)
      try container.encode(reason, forKey: .reason)
    case .skipped(let reason):
      try container.encode(Status.skipped, forKey: .status)
      try container.encode(reason, forKey: .reason)
    }
  }
}
