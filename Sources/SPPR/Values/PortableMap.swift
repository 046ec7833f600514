// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Values under keys, in the order in which they were written.
///
/// Keys are texts in every recipe seen so far; YAML also allows null, bools, ints and floats.
public struct PortableMap: Sendable, Hashable, ExpressibleByDictionaryLiteral {
  /// A key with its value.
  public struct Entry: Sendable, Hashable {
    /// The key, never a list or a map.
    public let key: PortableValue
    /// What lies under the key.
    public var value: PortableValue
  }

  /// The keys with their values, in order.
  public private(set) var entries: [Entry] = []

  /// Creates an empty map.
  public init() {}

  public init(dictionaryLiteral elements: (PortableValue, PortableValue)...) {
    for (key, value) in elements { set(key, value) }
  }

  /// The value under a key of text.
  public subscript(key: String) -> PortableValue? {
    get { self[.text(key)] }
    set { if let newValue { set(.text(key), newValue) } else { remove(.text(key)) } }
  }

  /// The value under `key`.
  public subscript(key: PortableValue) -> PortableValue? { entries.first { $0.key == key }?.value }

  /// Puts `value` under `key`, in place of an earlier one.
  public mutating func set(_ key: PortableValue, _ value: PortableValue) {
    if let index = entries.firstIndex(where: { $0.key == key }) {
      entries[index].value = value
    } else {
      append(key, value)
    }
  }

  /// Puts `value` under a key that the caller knows to be new.
  mutating func append(_ key: PortableValue, _ value: PortableValue) {
    entries.append(Entry(key: key, value: value))
  }

  /// Removes a key and what lies under it.
  public mutating func remove(_ key: PortableValue) { entries.removeAll { $0.key == key } }

  /// The entries by the order of Python's `sorted`: texts by code point, numbers by size.
  ///
  /// `nil` if Python can't order them, as it compares no text with a number.
  func sorted() -> [Entry]? {
    if entries.count < 2 { return entries }
    let texts = entries.compactMap { entry in entry.key.text.map { (text: Array($0.utf8), entry: entry) } }
    if texts.count == entries.count {
      // UTF-8 sorts as the code points do.
      return texts.sorted { $0.text.lexicographicallyPrecedes($1.text) }.map(\.entry)
    }
    let numbers = entries.compactMap { entry in Self.order(entry.key).map { (number: $0, entry: entry) } }
    guard numbers.count == entries.count else { return nil }
    return numbers.sorted { $0.number < $1.number }.map(\.entry)
  }

  private struct Order: Comparable {
    var integer: PythonInteger?
    var number: Double

    static func < (left: Order, right: Order) -> Bool {
      if let a = left.integer, let b = right.integer { return a < b }
      return left.number < right.number
    }
  }

  private static func order(_ key: PortableValue) -> Order? {
    switch key {
    case .bool(let bool): Order(integer: PythonInteger(bool ? 1 : 0), number: bool ? 1 : 0)
    case .integer(let integer): Order(integer: integer, number: integer.double)
    case .float(let number): Order(integer: nil, number: number)
    default: nil
    }
  }
}
