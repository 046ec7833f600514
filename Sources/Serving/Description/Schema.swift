// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// What a JSON value may be: it checks values, and writes itself down as JSON Schema (2020-12). Requests are held
/// against the very schemas that the description prints.
indirect enum Schema: Sendable {
  case anything
  case flag
  case whole(ClosedRange<Int>)
  case number(ClosedRange<Double>)
  case text(TextRule)
  /// One of these words.
  case words([String])
  case list(Schema, count: ClosedRange<Int>)
  /// An object whose keys are known; others are refused.
  case group([SchemaField])
  /// An object of any keys.
  case map(Schema, keys: TextRule, count: ClosedRange<Int>)
  /// An object whose keys are known, or of these forms.
  case patterned([SchemaField], patterns: [(KeyForm, Schema)], count: ClosedRange<Int>)
  /// At least one of them.
  case choice([Schema])
  /// A schema of ``SchemaLibrary``, which may lie in itself.
  case reference(String)

  /// A free JSON object.
  static let object = Schema.map(.anything, keys: .any, count: 0...Int.max)
  static let count = Schema.whole(0...Int.max)
  /// Seconds since 1970.
  static let time = Schema.number(0...1e12)
}

/// A key of an object.
struct SchemaField: Sendable {
  var name: String
  var schema: Schema
  var words: String
  var isRequired: Bool

  /// A key that must be there.
  init(_ name: String, _ schema: Schema, _ words: String) {
    (self.name, self.schema, self.words, isRequired) = (name, schema, words, true)
  }

  /// A key that may be missing.
  static func optional(_ name: String, _ schema: Schema, _ words: String) -> SchemaField {
    var field = SchemaField(name, schema, words)
    field.isRequired = false
    return field
  }
}

/// Keys of a form, like `metadata.` and what follows.
struct KeyForm: Sendable {
  /// The regular expression (ECMA 262).
  var pattern: String
  var accepts: @Sendable (String) -> Bool
}

/// What text may be.
struct TextRule: Sendable {
  /// Which characters may stand in it.
  enum Characters: Sendable {
    /// Any text.
    case any
    /// Anything but NUL, which the database can't keep.
    case noNUL
    /// No control characters.
    case printable
    /// 64 hexadecimal digits, or fewer.
    case hexadecimal

    var pattern: String? {
      switch self {
      case .any: nil
      case .noNUL: #"^[^\u0000]*$"#
      case .printable: #"^[^\u0000-\u001F\u007F]*$"#
      case .hexadecimal: "^[0-9a-f]*$"
      }
    }

    func accept(_ text: String) -> Bool {
      switch self {
      case .any: true
      case .noNUL: !text.utf8.contains(0)
      case .printable: !text.utf8.contains { $0 < 0x20 || $0 == 0x7F }
      case .hexadecimal: text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
      }
    }
  }

  /// How many Unicode code points it may have.
  var length: ClosedRange<Int>
  var characters: Characters
  /// What is in it, as a media type: `application/json`.
  var content: String?

  init(_ length: ClosedRange<Int>, _ characters: Characters = .noNUL, content: String? = nil) {
    (self.length, self.characters, self.content) = (length, characters, content)
  }

  static let any = TextRule(0...Int.max, .any)
  static let plain = TextRule(0...Int.max)
  /// A name that somebody gives.
  static let name = TextRule(1...63, .printable)
}
