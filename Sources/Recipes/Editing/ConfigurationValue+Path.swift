// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension ConfigurationValue {
  /// The value at a path of keys and decimal positions.
  func value(atPath path: some Collection<String>) -> ConfigurationValue? {
    guard let key = path.first else { return self }
    switch self {
    case .map(let values):
      return values[key]?.value(atPath: path.dropFirst())
    case .list(let values):
      return Self.position(key, upTo: values.count - 1).flatMap { values[$0].value(atPath: path.dropFirst()) }
    default:
      return nil
    }
  }

  /// The tree with the value at `path` replaced; missing groups are made.
  ///
  /// A text in the way names an ingredient and becomes `{use: text}`; the position behind a list's end appends.
  /// - Throws: `GalleyError` if a number or a truth value is in the way.
  func setting(_ path: ArraySlice<String>, to value: ConfigurationValue) throws(GalleyError) -> ConfigurationValue {
    guard let key = path.first else { return value }
    let rest = path.dropFirst()
    switch self {
    case .map(var values):
      values[key] = try (values[key] ?? .null).setting(rest, to: value)
      return .map(values)
    case .list(var values):
      guard let position = Self.position(key, upTo: values.count) else {
        throw Self.refusal(path, "'\(key)' is no position in a list of \(values.count)", "Count from 0.")
      }
      if position < values.count {
        values[position] = try values[position].setting(rest, to: value)
      } else {
        values.append(try ConfigurationValue.null.setting(rest, to: value))
      }
      return .list(values)
    case .null:
      let inner = try ConfigurationValue.null.setting(rest, to: value)
      return key == "0" ? .list([inner]) : .map([key: inner])
    case .string:
      return try ConfigurationValue.map([Recipe.ingredientKey: self]).setting(path, to: value)
    case .bool, .int, .float:
      throw Self.refusal(path, "'\(self)' is \(kindName), so it can't hold '\(key)'", "Remove that value first.")
    }
  }

  /// The tree without the value at `path`, and without groups that this leaves empty; `nil` if nothing is left.
  /// - Throws: `GalleyError` if there is no such value.
  func removing(_ path: ArraySlice<String>) throws(GalleyError) -> ConfigurationValue? {
    guard let key = path.first else { return nil }
    switch self {
    case .map(var values):
      guard let inner = values[key] else { throw Self.absence(path) }
      values[key] = try inner.removing(path.dropFirst())
      return values.isEmpty ? nil : .map(values)
    case .list(var values):
      guard let position = Self.position(key, upTo: values.count - 1) else { throw Self.absence(path) }
      if let inner = try values[position].removing(path.dropFirst()) {
        values[position] = inner
      } else {
        values.remove(at: position)
      }
      return values.isEmpty ? nil : .list(values)
    default:
      throw Self.absence(path)
    }
  }

  /// Whether both are the same to the last bit: 0.0 is not -0.0, and what is not a number equals itself.
  func isIdentical(to other: ConfigurationValue) -> Bool {
    switch (self, other) {
    case (.float(let left), .float(let right)):
      left.bitPattern == right.bitPattern
    case (.list(let left), .list(let right)):
      left.count == right.count && zip(left, right).allSatisfy { $0.isIdentical(to: $1) }
    case (.map(let left), .map(let right)):
      left.count == right.count && left.allSatisfy { key, value in right[key]?.isIdentical(to: value) ?? false }
    default:
      self == other
    }
  }

  /// The keys of a group as they are written: what names it first, the others by alphabet.
  var orderedKeys: [String] {
    guard case .map(let values) = self else { return [] }
    let first = [Recipe.ingredientKey, "name"].filter { values[$0] != nil }
    return first + values.keys.filter { !first.contains($0) }.sorted()
  }

  private static func position(_ key: String, upTo last: Int) -> Int? {
    guard let position = Int(key), position >= 0, position <= last, String(position) == key else { return nil }
    return position
  }

  private static func absence(_ path: ArraySlice<String>) -> GalleyError {
    refusal(path, "there is no such value", nil)
  }

  private static func refusal(_ path: ArraySlice<String>, _ why: String, _ remedy: String?) -> GalleyError {
    let place = path.joined(separator: ".")
    return GalleyError(.configuration, "can't change the recipe's text", at: place, why: why, remedy: remedy)
  }
}
