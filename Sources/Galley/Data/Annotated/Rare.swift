// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A value that is seldom there, kept so that its absence takes the room of one pointer: data sets hold annotations by
/// the hundred thousand, and most have neither a mask nor a turned box.
@propertyWrapper
public struct Rare<Value: Sendable & Hashable & Codable>: Sendable, Hashable {
  /// One value, or none.
  private var storage: [Value] = []

  /// The value; `nil` if there is none.
  public var wrappedValue: Value? {
    get { storage.first }
    set { storage = newValue.map { [$0] } ?? [] }
  }

  /// Wraps a value.
  public init(wrappedValue: Value?) { self.wrappedValue = wrappedValue }
}

extension Rare: Codable {
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    self.init(wrappedValue: container.decodeNil() ? nil : try container.decode(Value.self))
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value = wrappedValue { try container.encode(value) } else { try container.encodeNil() }
  }
}

extension KeyedDecodingContainer {
  /// A value whose key may be missing.
  public func decode<Value>(_ type: Rare<Value>.Type, forKey key: Key) throws -> Rare<Value> {
    try decodeIfPresent(type, forKey: key) ?? Rare(wrappedValue: nil)
  }
}

extension KeyedEncodingContainer {
  /// A value whose key is left out if there is none.
  public mutating func encode<Value>(_ value: Rare<Value>, forKey key: Key) throws {
    try encodeIfPresent(value.wrappedValue, forKey: key)
  }
}
