// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A value of a portable recipe's document, as Python holds it.
///
/// Texts are equal when their code points are, and floats when their bits are; Swift's own comparison is coarser.
public indirect enum PortableValue: Sendable {
  /// Nothing; Python's `None`.
  case null
  /// True or false.
  case bool(Bool)
  /// A whole number of any size.
  case integer(PythonInteger)
  /// A floating-point number.
  case float(Double)
  /// Text.
  case text(String)
  /// Values in order.
  case list([PortableValue])
  /// Values under keys.
  case map(PortableMap)
}

extension PortableValue {
  /// The text, if the value is one.
  public var text: String? { if case .text(let text) = self { text } else { nil } }
  /// The truth value, if the value is one.
  public var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }
  /// The whole number, if the value is one and fits.
  public var int: Int? { if case .integer(let integer) = self { integer.int } else { nil } }
  /// The values in order, if the value is a list.
  public var list: [PortableValue]? { if case .list(let list) = self { list } else { nil } }
  /// The values under keys, if the value is a map.
  public var map: PortableMap? { if case .map(let map) = self { map } else { nil } }
  /// Whether the value is nothing.
  public var isNull: Bool { if case .null = self { true } else { false } }

  /// The number, whole or not, if the value is one.
  public var number: Double? {
    switch self {
    case .integer(let integer): integer.double
    case .float(let number): number
    default: nil
    }
  }

  /// The value under a key of text; `nil` if there is none or this is no map.
  public subscript(key: String) -> PortableValue? { map?[key] }

  /// What the value is, in words for a message.
  var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a bool"
    case .integer: "an int"
    case .float: "a float"
    case .text: "text"
    case .list: "a list"
    case .map: "a map"
    }
  }

  /// OmegaConf's mark of a mandatory value that nobody has given.
  public static let missing = PortableValue.text("???")

  /// Whether this is the mark of a mandatory value that nobody has given.
  public var isMissing: Bool { text == "???" }
}

extension PortableValue: Hashable {
  public static func == (left: PortableValue, right: PortableValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.integer(let a), .integer(let b)): a == b
    case (.float(let a), .float(let b)): a.bitPattern == b.bitPattern
    case (.text(let a), .text(let b)): a.utf8.elementsEqual(b.utf8)
    case (.list(let a), .list(let b)): a == b
    case (.map(let a), .map(let b)): a == b
    default: false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .null: hasher.combine(0)
    case .bool(let bool): hasher.combine(bool)
    case .integer(let integer): hasher.combine(integer)
    case .float(let number): hasher.combine(number.bitPattern)
    case .text(let text): for byte in text.utf8 { hasher.combine(byte) }
    case .list(let list): hasher.combine(list)
    case .map(let map): hasher.combine(map)
    }
  }
}

extension PortableValue: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
  ExpressibleByStringLiteral, ExpressibleByArrayLiteral
{
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int) { self = .integer(PythonInteger(value)) }
  public init(floatLiteral value: Double) { self = .float(value) }
  public init(stringLiteral value: String) { self = .text(value) }
  public init(arrayLiteral elements: PortableValue...) { self = .list(elements) }
}
