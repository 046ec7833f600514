// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Text of an HTML or SVG document.
///
/// What is written in a literal is markup; whatever text is put in by interpolation is escaped, so a label can
/// never become an element: `"<td>\(label)</td>"`. Markup inside markup stays as it is.
struct Markup: Sendable, Hashable, ExpressibleByStringInterpolation {
  /// The document's text.
  private(set) var source: String

  init(stringLiteral value: String) { source = value }

  init(stringInterpolation: Interpolation) { source = stringInterpolation.source }

  /// Takes text that is known to be markup, such as a style sheet.
  init(trusted source: String) { self.source = source }

  /// No markup.
  static let empty: Markup = ""

  static func += (left: inout Markup, right: Markup) { left.source += right.source }

  static func + (left: Markup, right: Markup) -> Markup { Markup(trusted: left.source + right.source) }

  /// Escapes what is put in.
  struct Interpolation: StringInterpolationProtocol {
    fileprivate var source = ""

    init(literalCapacity: Int, interpolationCount: Int) { source.reserveCapacity(literalCapacity * 2) }

    mutating func appendLiteral(_ literal: String) { source += literal }

    mutating func appendInterpolation(_ text: String) { source += Markup.escaped(text) }

    mutating func appendInterpolation(_ number: Int) { source += String(number) }

    /// A coordinate, to a hundredth.
    mutating func appendInterpolation(_ coordinate: Double) { source += Markup.coordinate(coordinate) }

    mutating func appendInterpolation(_ markup: Markup) { source += markup.source }
  }

  /// Text in which no character can be read as markup, in an element as well as in a quoted attribute. Control
  /// characters, which HTML and XML forbid, and those that turn the direction of what follows become U+FFFD.
  static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\t", "\n", "\r": result.unicodeScalars.append(scalar)
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  private static func coordinate(_ value: Double) -> String {
    guard value.isFinite, value.magnitude < 1e9 else { return "0" }
    let hundredths = Int((value * 100).rounded())
    if hundredths.isMultiple(of: 100) { return String(hundredths / 100) }
    return "\(Double(hundredths) / 100)"
  }
}

extension Sequence<Markup> {
  /// The pieces, one after the other.
  func joined(separator: Markup = .empty) -> Markup {
    Markup(trusted: map(\.source).joined(separator: separator.source))
  }
}
