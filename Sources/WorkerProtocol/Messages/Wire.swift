// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

/// How values are written as JSON on the wire.
enum Wire {
  /// JSON has no words for these numbers, and a loss that became infinite must still arrive.
  private static let words = (positive: "Infinity", negative: "-Infinity", nan: "NaN")

  static func encoder() -> JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: words.positive, negativeInfinity: words.negative, nan: words.nan)
    return encoder
  }

  static func decoder() -> JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: words.positive, negativeInfinity: words.negative, nan: words.nan)
    return decoder
  }

  /// A decoding error in words, with the key path below the member called `member`.
  static func reason(_ error: any Error, below member: String?) -> String {
    guard let error = error as? DecodingError else { return "\(error)" }
    switch error {
    case .keyNotFound(let key, let context): return "'\(path(context.codingPath + [key], member))' is missing"
    case .valueNotFound(_, let context): return "'\(path(context.codingPath, member))' is null"
    case .typeMismatch(let type, let context):
      return "'\(path(context.codingPath, member))' is not \(type)"
    case .dataCorrupted(let context):
      return "'\(path(context.codingPath, member))': \(context.debugDescription)"
    @unknown default: return "\(error)"
    }
  }

  private static func path(_ keys: [any CodingKey], _ member: String?) -> String {
    let keys = keys.first?.stringValue == member ? Array(keys.dropFirst()) : keys
    let words = keys.map { key in key.intValue.map { "[\($0)]" } ?? key.stringValue }
    return words.isEmpty ? member ?? "message" : words.joined(separator: ".")
  }
}
