// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What the values of a field are that filters may name.
public enum FilterValueKind: Sendable, Hashable {
  /// Text; `isPattern` if `*` and `?` in it stand for characters.
  case text(isPattern: Bool)
  /// A number.
  case number
  /// True or false.
  case flag
  /// A time: seconds since 1970, or ISO 8601.
  case time
}

extension FilterResource {
  /// The fields that filters may name, beside those of documents.
  public var fields: [String: FilterValueKind] {
    (FilterField.plain[self] ?? [:]).compactMapValues { field in
      switch field.1 {
      case .text: .text(isPattern: false)
      case .path, .folder: .text(isPattern: true)
      case .number: .number
      case .flag, .condition: .flag
      case .time: .time
      case .json: nil
      }
    }
  }

  /// What the names of fields in documents begin with, like `metadata.`; keys with dots between them follow.
  public var documentPrefixes: [String] { (FilterField.documents[self] ?? []).map(\.0) }
}
