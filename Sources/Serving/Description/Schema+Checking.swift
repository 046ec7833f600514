// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Why a value isn't what it should be.
struct SchemaProblem: Error, Sendable, Hashable {
  /// The place: `labels[2].name`; empty for the whole.
  var place: String
  var why: String
}

extension Schema {
  /// What is wrong with a value; `nil` if nothing is.
  func problem(with value: ConfigurationValue, at place: String = "") -> SchemaProblem? {
    func expected(_ what: String) -> SchemaProblem {
      SchemaProblem(place: place, why: "\(what) was expected, not \(value.kindName)")
    }
    switch self {
    case .anything: return nil
    case .flag:
      guard case .bool = value else { return expected("true or false") }
      return nil
    case .whole(let range):
      guard case .int(let number) = value, range.contains(number) else {
        return SchemaProblem(
          place: place, why: "a whole number \(Self.bounds(range)) was expected, not \(Self.short(value))")
      }
      return nil
    case .number(let range): return Self.number(value, range, place)
    case .text(let rule):
      guard case .string(let text) = value else { return expected("text") }
      return rule.problem(with: text).map { SchemaProblem(place: place, why: $0) }
    case .words(let words):
      guard case .string(let text) = value, words.contains(where: { $0.utf8.elementsEqual(text.utf8) }) else {
        return SchemaProblem(
          place: place, why: "one of \(words.joined(separator: ", ")) was expected, not \(Self.short(value))")
      }
      return nil
    case .list(let element, let count): return Self.list(value, element, count, place)
    case .group(let fields): return Self.object(value, fields, [], 0...Int.max, place)
    case .map(let element, let keys, let count):
      let form = KeyForm(pattern: "") { keys.problem(with: $0) == nil }
      return Self.object(value, [], [(form, element)], count, place)
    case .patterned(let fields, let patterns, let count): return Self.object(value, fields, patterns, count, place)
    case .choice(let choices):
      let problems = choices.map { $0.problem(with: value, at: place) }
      if problems.contains(where: { $0 == nil }) { return nil }
      // The problem that lies deepest is that of the form that was meant.
      return problems.compactMap { $0 }.max { $0.place.utf8.count < $1.place.utf8.count }
    case .reference(let name): return SchemaLibrary.schema(name).problem(with: value, at: place)
    }
  }

  private static func number(
    _ value: ConfigurationValue, _ range: ClosedRange<Double>, _ place: String
  ) -> SchemaProblem? {
    let number: Double? =
      switch value {
      case .int(let number): Double(number)
      case .float(let number): number
      default: nil
      }
    guard let number, range.contains(number) else {
      return SchemaProblem(
        place: place,
        why: "a number from \(range.lowerBound) to \(range.upperBound) was expected, not \(short(value))")
    }
    return nil
  }

  private static func list(
    _ value: ConfigurationValue, _ element: Schema, _ count: ClosedRange<Int>, _ place: String
  ) -> SchemaProblem? {
    guard case .list(let elements) = value else {
      return SchemaProblem(place: place, why: "a list was expected, not \(value.kindName)")
    }
    guard count.contains(elements.count) else {
      return SchemaProblem(place: place, why: "\(bounds(count)) entries were expected, not \(elements.count)")
    }
    for (index, value) in elements.enumerated() {
      if let problem = element.problem(with: value, at: "\(place)[\(index)]") { return problem }
    }
    return nil
  }

  private static func object(
    _ value: ConfigurationValue, _ fields: [SchemaField], _ patterns: [(KeyForm, Schema)], _ count: ClosedRange<Int>,
    _ place: String
  ) -> SchemaProblem? {
    guard case .map(let values) = value else {
      return SchemaProblem(place: place, why: "an object was expected, not \(value.kindName)")
    }
    guard count.contains(values.count) else {
      return SchemaProblem(place: place, why: "\(bounds(count)) keys were expected, not \(values.count)")
    }
    for field in fields where field.isRequired && values[field.name] == nil {
      return SchemaProblem(place: place, why: "the key '\(field.name)' is missing")
    }
    for (key, value) in values.sorted(by: { $0.key < $1.key }) {
      let inner = place.isEmpty ? key : "\(place).\(key)"
      let known = fields.first { $0.name.utf8.elementsEqual(key.utf8) }?.schema
      guard let schema = known ?? patterns.first(where: { $0.0.accepts(key) })?.1 else {
        let near =
          (key.utf8.count > 64 ? nil : NearestName.match(key, in: fields.map(\.name))).map { "; did you mean '\($0)'?" }
          ?? ""
        return SchemaProblem(place: place, why: "there is no key '\(short(.string(key)))'\(near)")
      }
      if let problem = schema.problem(with: value, at: inner) { return problem }
    }
    return nil
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
