// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// A table in monospaced text, for terminals.
///
/// Widths are counted in terminal cells: two for East Asian wide characters and emoji, none for combining marks.
public struct TextTable: Sendable, Hashable {
  /// How a column's texts are set.
  public enum Alignment: Sendable, Hashable { case leading, trailing }

  /// A column's heading.
  public struct Column: Sendable, Hashable {
    /// The text over the column.
    public var title: String
    /// How its texts are set.
    public var alignment: Alignment

    /// Describes a column.
    public init(_ title: String, _ alignment: Alignment = .leading) {
      self.title = title
      self.alignment = alignment
    }
  }

  /// The columns.
  public var columns: [Column]
  /// The rows' texts, one for each column; missing ones are empty, surplus ones are not shown.
  public var rows: [[String]]

  /// Creates a table.
  public init(columns: [Column], rows: [[String]]) {
    self.columns = columns
    self.rows = rows
  }

  /// The table as lines: headings, a rule, the rows. Columns are two cells apart; nothing follows the last text.
  public func render() -> String {
    let cells = rows.map { row in columns.indices.map { $0 < row.count ? row[$0].onOneLine : "" } }
    let titles = columns.map(\.title.onOneLine)
    let widths = columns.indices.map { index in
      ([titles[index]] + cells.map { $0[index] }).map(Self.width).max() ?? 0
    }
    let rule = widths.map { String(repeating: "─", count: $0) }
    return ([titles, rule] + cells).map { line($0, widths) }.joined(separator: "\n")
  }

  private func line(_ texts: [String], _ widths: [Int]) -> String {
    let padded = columns.indices.map { index in
      let space = String(repeating: " ", count: max(0, widths[index] - Self.width(of: texts[index])))
      return columns[index].alignment == .leading ? texts[index] + space : space + texts[index]
    }
    let joined = padded.joined(separator: "  ")
    let end = joined.lastIndex { $0 != " " }
    return end.map { String(joined[...$0]) } ?? ""
  }

  /// Terminal cells that a text takes.
  public static func width(of text: String) -> Int {
    text.reduce(0) { $0 + width(of: $1) }
  }

  private static func width(of character: Character) -> Int {
    let scalars = character.unicodeScalars
    if scalars.contains("\u{FE0F}") { return 2 }
    return scalars.map(width(of:)).max() ?? 0
  }

  /// Source: Unicode Standard Annex 11, East Asian Width: the blocks whose characters are wide or full-width.
  private static func width(of scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    if scalar.properties.isEmojiPresentation { return 2 }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xA000...0xA4CF,
      0xA960...0xA97F, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF01...0xFF60, 0xFFE0...0xFFE6,
      0x17000...0x18CFF, 0x1B000...0x1B16F, 0x1F200...0x1F2FF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }
}
