// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension SchemaDefinitions {
  /// What an option accepts, with its help.
  mutating func schema(of option: OptionDeclaration, on card: Card) -> ConfigurationValue {
    let former = card.upgrades.compactMap { rule -> ConfigurationValue? in
      guard rule.option == option.name, case .value(let old, _) = rule.change else { return nil }
      return .map(["const": old, "deprecated": .bool(true), "description": .string(rule.reason)])
    }
    let values = values(of: option.kind, default: option.defaultValue)
    let isTextual = option.kind == .string || option.kind == .path || option.kind.isSlot
    let schema =
      isTextual && former.isEmpty
      ? Schema.any(values) : Schema.any(values + former + (isTextual ? [] : [Schema.interpolation]))
    return Schema.adding(
      [
        "title": .string(option.name), "description": .string(Self.description(of: option)),
        "default": option.defaultValue, "examples": option.suggestion.map { .list([$0]) },
      ], to: schema)
  }

  private static func description(of option: OptionDeclaration) -> String {
    var sentences = [option.help]
    if let condition = option.condition { sentences.append("Applies if \(condition).") }
    if option.defaultValue == nil, !option.kind.isSlot { sentences.append("Must be given.") }
    if !option.synonyms.isEmpty { sentences.append("Also: \(option.synonyms.joined(separator: ", ")).") }
    return sentences.joined(separator: " ")
  }

  /// The alternatives of a kind.
  private mutating func values(of kind: OptionKind, default defaultValue: ConfigurationValue?) -> [ConfigurationValue] {
    switch kind {
    case .int(let minimum, let maximum):
      return [
        Schema.adding(
          [
            "minimum": minimum == .min ? nil : .int(minimum), "maximum": maximum == .max ? nil : .int(maximum),
          ], to: .map(["type": .string("integer")]))
      ]
    case .float(let minimum, let maximum):
      return [
        Schema.adding(
          ["minimum": Self.bound(minimum), "maximum": Self.bound(maximum)], to: .map(["type": .string("number")]))
      ]
    case .bool:
      return [.map(["type": .string("boolean")])]
    case .string, .path:
      return [Schema.anyText]
    case .choice(let choices):
      return Self.values(of: choices)
    case .multipleChoice(let choices):
      return [
        .map([
          "type": .string("array"), "items": Schema.any(Self.values(of: choices)), "uniqueItems": .bool(true),
        ])
      ]
    case .list(let element):
      return [.map(["type": .string("array"), "items": Schema.any(elements(of: element))])]
    case .optional(let value, let word):
      return values(of: value, default: nil) + [.map(["enum": .list([.string(word), .null])])]
    case .ingredient(let accepts):
      return [slot(accepts, default: defaultValue)]
    case .ingredients(let accepts):
      let group = ConfigurationValue.map([
        "type": .list([.string("object"), .string("null")]), "additionalProperties": slot(accepts, default: nil),
      ])
      return [Schema.any([group, Schema.interpolation])]
    case .ingredientPerSubcategory(let accepts):
      var properties: [String: ConfigurationValue] = [:]
      for word in catalogue.subcategories(of: accepts) {
        properties[word] = slot(["\(accepts).\(word)"], default: nil)
      }
      return [Schema.any([Schema.group(properties), Schema.interpolation])]
    }
  }

  /// The alternatives of a list's elements, of which none may be left out.
  private mutating func elements(of kind: OptionKind) -> [ConfigurationValue] {
    kind == .string || kind == .path
      ? [.map(["type": .string("string")])] : values(of: kind, default: nil)
  }

  /// A bound that says something.
  private static func bound(_ value: Double) -> ConfigurationValue? {
    value.isFinite && value.magnitude < Double.greatestFiniteMagnitude ? .float(value) : nil
  }

  private static func values(of choices: [Choice]) -> [ConfigurationValue] {
    guard choices.contains(where: { $0.help != nil || $0.deprecation != nil }) else {
      return [.map(["enum": .list(choices.map(\.value))])]
    }
    return choices.map { choice in
      let words = [choice.help, choice.deprecation.map(words)].compactMap(\.self).joined(separator: " ")
      return Schema.adding(
        [
          "description": words.isEmpty ? nil : .string(words),
          "deprecated": choice.deprecation.map { _ in .bool(true) },
        ], to: .map(["const": choice.value]))
    }
  }
}
