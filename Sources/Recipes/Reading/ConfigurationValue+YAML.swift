// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

extension ConfigurationValue {
  /// The value that a piece of YAML says: `3`, `true`, `[1, 2]`, `{use: int8}`; a text that is no YAML is that text.
  public init(yaml text: String) {
    guard let node = try? SourceReader.read(text, file: "value") else {
      self = text.isEmpty ? .null : .string(text)
      return
    }
    self = node.value
  }
}
