// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Which of several forms a value has.
extension Schema {
  /// What is wrong with a value that may have any of several forms; `nil` if nothing is. Forms that can't be meant
  /// aren't looked into, and the first that fits ends it.
  static func choice(_ value: ConfigurationValue, _ choices: [Schema]) -> SchemaProblem? {
    var (nearest, likeness): (SchemaProblem?, Int) = (nil, 0)
    for choice in choices {
      let own = choice.likeness(to: value)
      guard own > 0 else { continue }
      guard let problem = choice.problem(with: value) else { return nil }
      // Of forms that are equally like the value, the one that goes along with it for longest was meant.
      if own > likeness || (own == likeness && problem.depth > nearest?.depth ?? 0) {
        (nearest, likeness) = (problem, own)
      }
    }
    return nearest ?? SchemaProblem("\(names(choices)) was expected, not \(value.kindName)")
  }

  /// How much a value looks as if this form were meant; 0 if it can't be. An object is the more like a form the more of
  /// the form's keys it has, those that must be there before all.
  private func likeness(to value: ConfigurationValue) -> Int {
    switch (self, value) {
    case (.anything, _), (.flag, .bool), (.whole, .int), (.number, .int), (.number, .float), (.text, .string),
      (.words, .string), (.list, .list), (.map, .map):
      return 1
    case (.group(let fields), .map(let values)), (.patterned(let fields, _, _), .map(let values)):
      return fields.reduce(1) { sum, field in
        values[field.name] == nil ? sum : sum + (field.isRequired ? 1000 : 1)
      }
    case (.choice(let choices), _): return choices.reduce(0) { max($0, $1.likeness(to: value)) }
    case (.reference(let name), _): return SchemaLibrary.schema(name).likeness(to: value)
    default: return 0
    }
  }

  /// The kinds of forms, each once: `text or a list`.
  private static func names(_ choices: [Schema]) -> String {
    var kinds: [String] = []
    for kind in choices.flatMap(\.kinds) where !kinds.contains(kind) { kinds.append(kind) }
    guard let last = kinds.popLast() else { return "nothing" }
    return kinds.isEmpty ? last : "\(kinds.joined(separator: ", ")) or \(last)"
  }

  private var kinds: [String] {
    switch self {
    case .anything: ["anything"]
    case .flag: ["true or false"]
    case .whole: ["a whole number"]
    case .number: ["a number"]
    case .text, .words: ["text"]
    case .list: ["a list"]
    case .group, .map, .patterned: ["an object"]
    case .choice(let choices): choices.flatMap(\.kinds)
    case .reference(let name): SchemaLibrary.schema(name).kinds
    }
  }
}
