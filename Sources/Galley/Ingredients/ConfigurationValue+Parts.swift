// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a value holds, if it is of that kind: for code that reads documents which others wrote.
extension ConfigurationValue {
  /// The text that it is.
  package var text: String? { if case .string(let text) = self { text } else { nil } }

  /// The number that it is, whole or not.
  package var number: Double? {
    switch self {
    case .int(let number): Double(number)
    case .float(let number): number
    default: nil
    }
  }

  /// The values of the list that it is.
  package var elements: [ConfigurationValue]? { if case .list(let values) = self { values } else { nil } }

  /// The keys and values of the group that it is.
  package var fields: [String: ConfigurationValue]? { if case .map(let values) = self { values } else { nil } }

  /// The value of a key; `nil` if there is none, or this is no group of keys.
  package subscript(key: String) -> ConfigurationValue? { fields?[key] }

  /// The value at a path of keys; `nil` if there is none.
  package func value(at path: [String]) -> ConfigurationValue? { path.reduce(Optional(self)) { $0?[$1] } }
}
