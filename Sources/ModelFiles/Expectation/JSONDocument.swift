// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley

/// A group of keys in a JSON file that a person writes: keys are checked, and every message names the file and the key.
struct JSONDocument {
  /// The file in messages.
  let place: String
  /// The keys that lead here, with a dot after each.
  private let prefix: String
  /// The values.
  let values: [String: ConfigurationValue]

  /// The longest file that is read, in bytes.
  static let maximumByteCount = 16 << 20

  /// Reads a file.
  /// - Parameter what: what the file is, in messages: "the card".
  static func read(_ path: String, _ what: String) throws(GalleyError) -> JSONDocument {
    let bytes = try FileContents.read(path, what, limit: maximumByteCount)
    return try JSONDocument(bytes, path, what)
  }

  /// Reads bytes.
  init(_ bytes: [UInt8], _ place: String, _ what: String) throws(GalleyError) {
    guard case .map(let values) = try Self.value(bytes, place, what) else {
      throw GalleyError(
        .badData, "can't read \(what)", at: place, why: "it is JSON, but no group of keys {…}", remedy: Self.remedy)
    }
    self.init(place, "", values)
  }

  private init(_ place: String, _ prefix: String, _ values: [String: ConfigurationValue]) {
    self.place = place
    self.prefix = prefix
    self.values = values
  }

  private static let remedy = "Documentation/model-expectations.md shows the form."

  /// Any value from JSON's bytes.
  static func value(_ bytes: [UInt8], _ place: String, _ what: String) throws(GalleyError) -> ConfigurationValue {
    // The mark with which some editors begin a file is no part of JSON.
    let bytes = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? Array(bytes[3...]) : bytes
    if let problem = JSONSyntax.problem(in: bytes) {
      throw GalleyError(
        .badData, "can't read \(what)", at: "\(place):\(problem.line):\(problem.column)",
        why: "it is no JSON: \(problem.reason)", remedy: remedy)
    }
    do {
      return try JSONDecoder().decode(ConfigurationValue.self, from: Data(bytes))
    } catch {
      throw GalleyError(
        .badData, "can't read \(what)", at: place, why: "it is no JSON in UTF-8", remedy: remedy)
    }
  }

  /// Refuses keys that aren't known, with the nearest that is.
  func allow(_ keys: [String]) throws(GalleyError) {
    for key in values.keys.sorted() where !keys.contains(key) {
      let guess =
        NearestName.match(key, in: keys).map { "; did you mean '\($0)'?" }
        ?? "; there are \(keys.joined(separator: ", "))"
      throw refusal(key, "this key is not known\(guess)")
    }
  }

  func has(_ key: String) -> Bool { values[key] != nil && values[key] != .null }

  /// A text; `nil` if the key is missing.
  func text(_ key: String) throws(GalleyError) -> String? {
    switch values[key] {
    case nil, .null?: return nil
    case .string(let text)?: return text
    case let other?: throw refusal(key, "text is needed, and it is \(other.kindName)")
    }
  }

  /// One of a type's words; `nil` if the key is missing.
  func word<Word: RawRepresentable & CaseIterable>(
    _ key: String, _ type: Word.Type = Word.self
  ) throws(GalleyError) -> Word? where Word.RawValue == String {
    guard let text = try text(key) else { return nil }
    if let word = Word(rawValue: text.lowercased()) { return word }
    let words = Word.allCases.map(\.rawValue)
    let guess = NearestName.match(text, in: words).map { "; did you mean \($0)?" } ?? ""
    throw refusal(key, "'\(text)' is not one of \(words.joined(separator: ", "))\(guess)")
  }

  /// Numbers: a list of them, or one that stands for all; `nil` if the key is missing.
  func numbers(_ key: String) throws(GalleyError) -> [Float]? {
    switch values[key] {
    case nil, .null?: return nil
    case .int(let number)?: return [Float(number)]
    case .float(let number)? where Float(number).isFinite: return [Float(number)]
    case .list(let list)? where !list.isEmpty:
      var numbers: [Float] = []
      for value in list {
        switch value {
        case .int(let number): numbers.append(Float(number))
        case .float(let number) where Float(number).isFinite: numbers.append(Float(number))
        default: throw refusal(key, "'\(value)' is no number")
        }
      }
      return numbers
    case let other?: throw refusal(key, "a number or a list of numbers is needed, and it is \(other.kindName)")
    }
  }

  /// A whole number within bounds; `nil` if the key is missing.
  func whole(_ key: String, _ bounds: ClosedRange<Int>) throws(GalleyError) -> Int? {
    switch values[key] {
    case nil, .null?: return nil
    case .int(let number)? where bounds.contains(number): return number
    case let other?:
      throw refusal(key, "'\(other)' is no whole number from \(bounds.lowerBound) to \(bounds.upperBound)")
    }
  }

  /// True or false; `nil` if the key is missing.
  func flag(_ key: String) throws(GalleyError) -> Bool? {
    switch values[key] {
    case nil, .null?: return nil
    case .bool(let flag)?: return flag
    case let other?: throw refusal(key, "true or false is needed, and it is \(other.kindName)")
    }
  }

  /// A group of keys within; `nil` if the key is missing.
  func group(_ key: String) throws(GalleyError) -> JSONDocument? {
    switch values[key] {
    case nil, .null?: return nil
    case .map(let values)?: return JSONDocument(place, "\(prefix)\(key).", values)
    case let other?: throw refusal(key, "a group of keys is needed, and it is \(other.kindName)")
    }
  }

  /// What is wrong with a key.
  func refusal(_ key: String, _ why: String) -> GalleyError {
    GalleyError(.badData, "can't use the file", at: "\(place): \(prefix)\(key)", why: why, remedy: Self.remedy)
  }
}
