// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Foreign text that is to be printed in one line: a file's names may hold line ends, or orders to a terminal.
enum OneLine {
  /// The text without control characters, cut after `limit` characters.
  static func text(_ text: String, limit: Int) -> String {
    let scalars = text.unicodeScalars.prefix(limit + 1)
    let line = String(
      String.UnicodeScalarView(scalars.prefix(limit).map { $0.properties.generalCategory == .control ? " " : $0 }))
    return scalars.count > limit ? "\(line)…" : line
  }
}
