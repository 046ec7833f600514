// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// JSON for people and version control: sorted keys, two spaces for each level, a line break at the
/// end; what holds a single word stays on one line.
enum IndentedJSON {
  static func text(_ value: ConfigurationValue) -> String {
    var text = ""
    write(value, depth: 0, to: &text)
    return text + "\n"
  }

  private static func write(_ value: ConfigurationValue, depth: Int, to text: inout String) {
    switch value {
    case .list(let values) where !values.isEmpty:
      text += "["
      for (index, value) in values.enumerated() {
        text += index == 0 ? "\n" : ",\n"
        indent(depth + 1, &text)
        write(value, depth: depth + 1, to: &text)
      }
      close("]", depth, &text)
    case .map(let values) where values.count == 1 && isShort(values.first?.value):
      text += "{"
      if let (key, value) = values.first {
        text += ScalarText.quoted(key) + ": "
        write(value, depth: depth, to: &text)
      }
      text += "}"
    case .map(let values) where !values.isEmpty:
      text += "{"
      for (index, key) in values.keys.sorted().enumerated() {
        text += index == 0 ? "\n" : ",\n"
        indent(depth + 1, &text)
        text += ScalarText.quoted(key) + ": "
        if let value = values[key] { write(value, depth: depth + 1, to: &text) }
      }
      close("}", depth, &text)
    case .list: text += "[]"
    case .map: text += "{}"
    default: text += ScalarText.text(value, quotes: .double, inFlow: true)
    }
  }

  /// Whether a value takes no lines of its own.
  private static func isShort(_ value: ConfigurationValue?) -> Bool {
    switch value {
    case .list, .map: false
    default: true
    }
  }

  private static func close(_ bracket: String, _ depth: Int, _ text: inout String) {
    text += "\n"
    indent(depth, &text)
    text += bracket
  }

  private static func indent(_ depth: Int, _ text: inout String) {
    for _ in 0..<depth { text += "  " }
  }
}
