// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension Schema {
  /// What is wrong with a value; `nil` if nothing is.
  func problem(with value: ConfigurationValue) -> SchemaProblem? {
    switch self {
    case .anything: return nil
    case .flag:
      if case .bool = value { return nil }
      return Self.expected("true or false", value)
    case .whole(let range):
      if case .int(let number) = value, range.contains(number) { return nil }
      return SchemaProblem("a whole number \(Self.bounds(range)) was expected, not \(Self.short(value))")
    case .number(let range):
      if let number = value.number, range.contains(number) { return nil }
      return SchemaProblem(
        "a number from \(range.lowerBound) to \(range.upperBound) was expected, not \(Self.short(value))")
    case .text(let rule):
      guard case .string(let text) = value else { return Self.expected("text", value) }
      return rule.problem(with: text).map { SchemaProblem($0) }
    case .words(let words):
      if case .string(let text) = value, words.contains(where: { $0.utf8.elementsEqual(text.utf8) }) { return nil }
      return SchemaProblem("one of \(words.joined(separator: ", ")) was expected, not \(Self.short(value))")
    case .list(let element, let count): return Self.list(value, element, count)
    case .group(let fields): return Self.object(value, fields, [], 0...Int.max)
    case .map(let element, let keys, let count): return Self.map(value, element, keys, count)
    case .patterned(let fields, let patterns, let count): return Self.object(value, fields, patterns, count)
    case .choice(let choices): return Self.choice(value, choices)
    case .reference(let name): return SchemaLibrary.schema(name).problem(with: value)
    }
  }

  private static func expected(_ what: String, _ value: ConfigurationValue) -> SchemaProblem {
    SchemaProblem("\(what) was expected, not \(value.kindName)")
  }

  private static func list(
    _ value: ConfigurationValue, _ element: Schema, _ count: ClosedRange<Int>
  ) -> SchemaProblem? {
    guard case .list(let elements) = value else { return expected("a list", value) }
    guard count.contains(elements.count) else {
      return SchemaProblem("\(bounds(count)) entries were expected, not \(elements.count)")
    }
    for (index, value) in elements.enumerated() {
      if let problem = element.problem(with: value) { return problem.below(.index(index)) }
    }
    return nil
  }

  private static func map(
    _ value: ConfigurationValue, _ element: Schema, _ keys: TextRule, _ count: ClosedRange<Int>
  ) -> SchemaProblem? {
    guard case .map(let values) = value else { return expected("an object", value) }
    return entries(values, count) { key, value in
      guard keys.problem(with: key) == nil else { return unknown(key, []) }
      return element.problem(with: value)?.below(.key(key))
    }
  }

  private static func object(
    _ value: ConfigurationValue, _ fields: [SchemaField], _ patterns: [(KeyForm, Schema)], _ count: ClosedRange<Int>
  ) -> SchemaProblem? {
    guard case .map(let values) = value else { return expected("an object", value) }
    for field in fields where field.isRequired && values[field.name] == nil {
      return SchemaProblem("the key '\(field.name)' is missing")
    }
    return entries(values, count) { key, value in
      let known = fields.first { $0.name.utf8.elementsEqual(key.utf8) }?.schema
      guard let schema = known ?? patterns.first(where: { $0.0.accepts(key) })?.1 else { return unknown(key, fields) }
      return schema.problem(with: value)?.below(.key(key))
    }
  }

  /// The problem of the first key, in their order, that has one. Each value is looked at once: values lie in values, and
  /// twice at each depth would be a thousand times at ten.
  private static func entries(
    _ values: [String: ConfigurationValue], _ count: ClosedRange<Int>,
    _ problem: (String, ConfigurationValue) -> SchemaProblem?
  ) -> SchemaProblem? {
    guard count.contains(values.count) else {
      return SchemaProblem("\(bounds(count)) keys were expected, not \(values.count)")
    }
    var first: (key: String, problem: SchemaProblem)?
    for (key, value) in values where first.map({ key < $0.key }) ?? true {
      if let found = problem(key, value) { first = (key, found) }
    }
    return first?.problem
  }

  private static func unknown(_ key: String, _ fields: [SchemaField]) -> SchemaProblem {
    let near = key.utf8.count > 64 ? nil : NearestName.match(key, in: fields.map(\.name))
    return SchemaProblem(
      "there is no key '\(short(.string(key)))'" + (near.map { "; did you mean '\($0)'?" } ?? ""))
  }

  private static func bounds(_ range: ClosedRange<Int>) -> String {
    range.upperBound == .max ? "of at least \(range.lowerBound)" : "from \(range.lowerBound) to \(range.upperBound)"
  }

  /// A value for a message.
  private static func short(_ value: ConfigurationValue) -> String {
    let text = value.description
    return text.count > 60 ? "\(text.prefix(60))…" : text
  }
}

extension TextRule {
  /// What is wrong with a text; `nil` if nothing is.
  func problem(with text: String) -> String? {
    let count = text.unicodeScalars.count
    guard length.contains(count) else {
      return "text of \(length.lowerBound) to \(length.upperBound) characters was expected, not \(count)"
    }
    guard characters.accept(text) else {
      return switch characters {
      case .any: "it can't be used"
      case .noNUL: "a NUL stands in it"
      case .printable: "a control character stands in it"
      case .hexadecimal: "hexadecimal digits were expected"
      }
    }
    return nil
  }
}
