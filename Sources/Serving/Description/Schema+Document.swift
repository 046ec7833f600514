// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

extension Schema {
  /// The schema as JSON Schema.
  var document: ConfigurationValue {
    switch self {
    case .anything: return .map([:])
    case .flag: return .map(["type": "boolean"])
    case .whole(let range):
      // Bounds that only the machine sets would be read as inexact numbers.
      var fields: [String: ConfigurationValue] = ["type": "integer"]
      if range.lowerBound > -1 << 53 { fields["minimum"] = .int(range.lowerBound) }
      if range.upperBound < 1 << 53 { fields["maximum"] = .int(range.upperBound) }
      return .map(fields)
    case .number(let range):
      return .map(["type": "number", "minimum": .float(range.lowerBound), "maximum": .float(range.upperBound)])
    case .text(let rule): return rule.document
    case .words(let words): return .map(["type": "string", "enum": .list(words.map { .string($0) })])
    case .list(let element, let count):
      var fields: [String: ConfigurationValue] = ["type": "array", "items": element.document]
      if count.lowerBound > 0 { fields["minItems"] = .int(count.lowerBound) }
      if count.upperBound < .max { fields["maxItems"] = .int(count.upperBound) }
      return .map(fields)
    case .group(let fields): return .map(Self.object(fields, [], additional: false))
    case .map(let element, let keys, let count):
      var fields: [String: ConfigurationValue] = ["type": "object", "additionalProperties": element.document]
      if keys.length != TextRule.any.length || keys.characters.pattern != nil {
        fields["propertyNames"] = keys.document
      }
      return .map(fields.merging(Self.bounds(count)) { $1 })
    case .patterned(let known, let patterns, let count):
      return .map(Self.object(known, patterns, additional: false).merging(Self.bounds(count)) { $1 })
    case .choice(let choices): return .map(["anyOf": .list(choices.map(\.document))])
    case .reference(let name): return .map(["$ref": .string("#/components/schemas/\(name)")])
    }
  }

  private static func bounds(_ count: ClosedRange<Int>) -> [String: ConfigurationValue] {
    var fields: [String: ConfigurationValue] = [:]
    if count.lowerBound > 0 { fields["minProperties"] = .int(count.lowerBound) }
    if count.upperBound < .max { fields["maxProperties"] = .int(count.upperBound) }
    return fields
  }

  private static func object(
    _ fields: [SchemaField], _ patterns: [(KeyForm, Schema)], additional: Bool
  ) -> [String: ConfigurationValue] {
    var properties: [String: ConfigurationValue] = [:]
    for field in fields { properties[field.name] = field.document }
    var document: [String: ConfigurationValue] = ["type": "object", "additionalProperties": .bool(additional)]
    if !properties.isEmpty { document["properties"] = .map(properties) }
    let required = fields.filter(\.isRequired).map(\.name).sorted()
    if !required.isEmpty { document["required"] = .list(required.map { .string($0) }) }
    if !patterns.isEmpty {
      document["patternProperties"] = .map(
        Dictionary(patterns.map { ($0.0.pattern, $0.1.document) }, uniquingKeysWith: { first, _ in first }))
    }
    return document
  }
}

extension SchemaField {
  fileprivate var document: ConfigurationValue {
    guard case .map(var fields) = schema.document else { return schema.document }
    if !words.isEmpty { fields["description"] = .string(words) }
    return .map(fields)
  }
}

extension TextRule {
  fileprivate var document: ConfigurationValue {
    var fields: [String: ConfigurationValue] = ["type": "string"]
    if length.lowerBound > 0 { fields["minLength"] = .int(length.lowerBound) }
    if length.upperBound < .max { fields["maxLength"] = .int(length.upperBound) }
    if let pattern = characters.pattern { fields["pattern"] = .string(pattern) }
    if let content { fields["contentMediaType"] = .string(content) }
    return .map(fields)
  }
}
