// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What a cell of a golden volume holds.
public enum GoldenValue: Sendable, Hashable {
  case null
  case integer(Int)
  case real(Double)
  case text(String)

  /// The number, if it is one.
  public var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .real(let value): value
    case .null, .text: nil
    }
  }

  /// The text, if it is one.
  public var text: String? {
    if case .text(let value) = self { value } else { nil }
  }

  /// The value as a table shows it; nothing for null.
  public var plain: String {
    switch self {
    case .null: ""
    case .integer(let value): "\(value)"
    case .real(let value): "\(value)"
    case .text(let value): value
    }
  }
}

extension GoldenValue: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .integer(value ? 1 : 0)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .real(value)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .integer(let value): try container.encode(value)
    case .real(let value):
      // JSON knows no infinity; SQL does.
      if value.isFinite { try container.encode(value) } else { try container.encodeNil() }
    case .text(let value): try container.encode(value)
    }
  }
}

/// Rows of a query, with the names of their columns.
public struct GoldenTable: Sendable, Hashable {
  /// Names of the columns.
  public var columns: [String]
  /// Values of each row, as many as there are columns.
  public var rows: [[GoldenValue]]

  /// Creates a table.
  public init(columns: [String], rows: [[GoldenValue]]) {
    self.columns = columns
    self.rows = rows
  }

  /// The values of one column; `nil` if there is no such column.
  public func values(of column: String) -> [GoldenValue]? {
    columns.firstIndex(of: column).map { position in rows.map { $0[position] } }
  }
}
