// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension StringProtocol {
  /// Words that others wrote, for a person: on one line, without what could steer a terminal, turn the order of what is
  /// read, or hide something in it. Each such character (Unicode's controls, formats, and separators of lines and
  /// paragraphs) becomes a blank; only the two joiners of letters stay, which writing needs.
  public var onOneLine: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .lineSeparator, .paragraphSeparator: " "
          case .format where scalar != "\u{200C}" && scalar != "\u{200D}": " "
          default: scalar
          }
        }))
  }

  /// The same, cut after so many of Unicode's scalars; an ellipsis then stands for the rest.
  public func onOneLine(atMost limit: Int) -> String {
    let scalars = unicodeScalars.prefix(limit + 1)
    let line = String(String.UnicodeScalarView(scalars.prefix(limit))).onOneLine
    return scalars.count > limit ? "\(line)…" : line
  }
}
