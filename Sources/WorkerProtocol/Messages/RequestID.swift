// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The id of a request, as JSON-RPC 2.0 allows it: a whole number, a text, or null in answers to what can't be read.
public enum RequestID: Sendable, Hashable, Codable, CustomStringConvertible {
  case number(Int)
  case text(String)
  case null

  /// Reads a whole number, a text or null.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let number = try? container.decode(Int.self) {
      self = .number(number)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  /// Writes the bare value.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    case .null: try container.encodeNil()
    }
  }

  /// The id as it stands in messages.
  public var description: String {
    switch self {
    case .number(let number): "\(number)"
    case .text(let text): "'\(text)'"
    case .null: "null"
    }
  }
}
