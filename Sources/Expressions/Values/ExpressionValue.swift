// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// What an expression computes, and what a path of it may hold.
///
/// Equality of this type is that of its cases: `.int(1)` and `.float(1)` differ. Within expressions they are equal,
/// since `==` compares numbers by what they amount to; see ``isEqual(to:)``.
public enum ExpressionValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  case list([ExpressionValue])

  /// The kind of value, in words for messages.
  public var kindName: String {
    switch self {
    case .null: "nothing"
    case .bool: "true or false"
    case .int: "a whole number"
    case .float: "a number"
    case .string: "text"
    case .list: "a list"
    }
  }
}

extension ExpressionValue: CustomStringConvertible {
  /// The value as an expression writes it: text in quotation marks.
  ///
  /// Infinity and "not a number" have no such form; they read `inf` and `nan`.
  public var description: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .int(let value): "\(value)"
    case .float(let value): "\(value)"
    case .string(let value): TextLiteral.quoted(value)
    case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
    }
  }
}

extension ExpressionValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral {
  public init(booleanLiteral value: Bool) { self = .bool(value) }

  public init(integerLiteral value: Int) { self = .int(value) }

  public init(floatLiteral value: Double) { self = .float(value) }
}

extension ExpressionValue: ExpressibleByStringLiteral, ExpressibleByArrayLiteral {
  public init(stringLiteral value: String) { self = .string(value) }

  public init(arrayLiteral elements: ExpressionValue...) { self = .list(elements) }
}
