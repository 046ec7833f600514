// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension StringProtocol {
  /// Words of another machine for a person: on one line, without what could steer a terminal or turn the order of what is
  /// read. Each such character (Unicode's controls, formats, and separators of lines and paragraphs) becomes a blank.
  public var onOneLine: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map { scalar in
          switch scalar.properties.generalCategory {
          case .control, .format, .lineSeparator, .paragraphSeparator: " "
          default: scalar
          }
        }))
  }
}
