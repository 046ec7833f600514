// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Datasets
internal import FoundationEssentials
public import Galley
internal import JSONStream

/// A JSON object as the store keeps it: text, which is read only when somebody asks.
///
/// Two are equal if their text is; what was made from values has its keys in the order of their bytes.
public struct JSONObject: Sendable, Hashable {
  /// The text: one object of JSON.
  public let text: String

  /// An object without keys.
  public static let empty = JSONObject(stored: "{}")

  /// Writes values as an object.
  public init(_ values: [String: ConfigurationValue]) {
    text = values.isEmpty ? "{}" : ConfigurationValue.map(values).json
  }

  /// Reads an object.
  /// - Parameter place: what an error names.
  /// - Throws: `GalleyError` if the text is no object.
  public init(parsing text: String, at place: String) throws(GalleyError) {
    guard case .map(let values) = try ConfigurationValue(json: Data(text.utf8), at: place) else {
      throw GalleyError(.badData, "can't read the JSON", at: place, why: "an object was expected")
    }
    self.init(values)
  }

  /// Takes text from the store, which was checked when it was written.
  init(stored text: String) { self.text = text }

  /// The values; those of a damaged text are none.
  public var values: [String: ConfigurationValue] {
    guard text != "{}", case .map(let values)? = try? ConfigurationValue(json: Data(text.utf8), at: "") else {
      return [:]
    }
    return values
  }

  /// Whether there are no keys.
  public var isEmpty: Bool { text == "{}" }

  /// The value at a path of keys; `nil` if there is none.
  public subscript(_ path: String...) -> ConfigurationValue? { ConfigurationValue.map(values).value(at: path) }
}

extension JSONObject: Codable {
  public init(from decoder: any Decoder) throws {
    self.init(try [String: ConfigurationValue](from: decoder))
  }

  public func encode(to encoder: any Encoder) throws { try values.encode(to: encoder) }
}

extension ConfigurationValue {
  /// The value as JSON, keys in the order of their bytes.
  var json: String {
    var writer = JSONWriter()
    writer.write(self)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  /// Reads one JSON document.
  /// - Throws: `GalleyError` with line and column.
  init(json data: Data, at place: String) throws(GalleyError) {
    do {
      self = try data.withUnsafeBytes { bytes in
        try JSONReader.read(bytes) { reader in try reader.value() }
      }
    } catch {
      throw GalleyError(.badData, "can't read the JSON", at: place, why: "\(error)")
    }
  }
}
