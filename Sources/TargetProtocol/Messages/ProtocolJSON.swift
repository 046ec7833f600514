// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

/// How values are written as JSON in frames.
enum ProtocolJSON {
  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try encoder.encode(value)
  }

  /// - Throws: ``ProtocolViolation`` that says which member doesn't fit.
  static func decode<Value: Decodable>(
    _ type: Value.Type = Value.self, from bytes: Data, as what: String
  ) throws(ProtocolViolation) -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    do {
      return try decoder.decode(type, from: bytes)
    } catch {
      throw ProtocolViolation("\(what) doesn't fit: \(reason(error))")
    }
  }

  private static func reason(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    func path(_ keys: [any CodingKey]) -> String { keys.map(\.stringValue).joined(separator: ".") }
    switch error {
    case .keyNotFound(let key, let context): return "'\(path(context.codingPath + [key]))' is missing"
    case .valueNotFound(_, let context): return "'\(path(context.codingPath))' is null"
    case .typeMismatch(let type, let context): return "'\(path(context.codingPath))' is not \(type)"
    case .dataCorrupted(let context) where context.codingPath.isEmpty: return "it is not JSON"
    case .dataCorrupted(let context): return "'\(path(context.codingPath))': \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }
}
