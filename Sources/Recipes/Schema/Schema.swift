// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Pieces of JSON Schema.
enum Schema {
  static let interpolation = reference("interpolation")

  /// Text that takes the value of another option: `${path}`, but not `$${`, which stands for `${` itself. A key
  /// without a value says as little as no key.
  static let interpolationDefinition = ConfigurationValue.map([
    "type": .list([.string("string"), .string("null")]), "pattern": .string(#"(^|[^$])(\$\$)*\$\{[^}]+\}"#),
    "description": .string("The value of another option: ${path}, or ${.option} of the same ingredient."),
  ])

  static let anyText = ConfigurationValue.map(["type": .list([.string("string"), .string("null")])])

  static let null = ConfigurationValue.map([
    "type": .string("null"), "description": .string("Nothing is chosen yet."),
  ])

  static let seed = ConfigurationValue.map([
    "title": .string("seed"), "description": .string("Seed of everything that is drawn."),
    "type": .list([.string("integer"), .string("null")]), "minimum": .int(0), "default": .int(0),
  ])

  static let target = ConfigurationValue.map([
    "title": .string("target"), "description": .string("The declared target that measures; local is this machine."),
    "type": .list([.string("string"), .string("null")]),
  ])

  static func text(_ description: String, title: String? = nil) -> ConfigurationValue {
    described(.map(["type": .string("string")]), title: title, description)
  }

  /// A reference to a definition, or to a place inside one.
  static func reference(_ path: String...) -> ConfigurationValue {
    .map(["$ref": .string("#/$defs/" + path.map(escaped).joined(separator: "/"))])
  }

  static func any(_ schemas: [ConfigurationValue]) -> ConfigurationValue {
    guard let only = schemas.first, schemas.count == 1 else {
      return schemas.isEmpty ? .bool(false) : .map(["anyOf": .list(schemas)])
    }
    return only
  }

  /// A group whose keys are all known; nothing at all is no mistake.
  static func group(_ properties: [String: ConfigurationValue]) -> ConfigurationValue {
    .map([
      "type": .list([.string("object"), .string("null")]), "properties": .map(properties),
      "additionalProperties": .bool(false),
    ])
  }

  static func described(
    _ schema: ConfigurationValue, title: String? = nil, _ description: String
  ) -> ConfigurationValue {
    adding(["title": title.map(ConfigurationValue.string), "description": .string(description)], to: schema)
  }

  static func adding(_ entries: [String: ConfigurationValue?], to schema: ConfigurationValue) -> ConfigurationValue {
    guard case .map(var values) = schema else { return schema }
    for case (let key, let value?) in entries { values[key] = value }
    return .map(values)
  }

  /// A schema with what another tells readers.
  static func annotating(_ schema: ConfigurationValue, as other: ConfigurationValue) -> ConfigurationValue {
    guard case .map(let values) = other else { return schema }
    let told = ["title", "description", "default", "examples"]
    return adding(Dictionary(uniqueKeysWithValues: told.map { ($0, values[$0]) }), to: schema)
  }

  /// A part of a pattern that stands for the text itself.
  static func literal(_ text: String) -> String {
    String(text.flatMap { #"\^$.|?*+()[]{}"#.contains($0) ? ["\\", $0] : [$0] })
  }

  /// A step of a JSON Pointer (RFC 6901) as a part of a URI's fragment (RFC 3986).
  private static func escaped(_ step: String) -> String {
    var result = ""
    for byte in step.utf8 {
      switch byte {
      case UInt8(ascii: "~"): result += "~0"
      case UInt8(ascii: "/"): result += "~1"
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: ":"), UInt8(ascii: "$"), UInt8(ascii: "+"), UInt8(ascii: "="):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        result += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return result
  }
}
