// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A table of a report, in whatever form it is written.
struct ReportTable: Sendable {
  /// A column's heading.
  struct Column: Sendable {
    /// The heading.
    let title: String
    /// True if numbers stand under it.
    let isNumeric: Bool

    static func text(_ title: String) -> Column { Column(title: title, isNumeric: false) }
    static func number(_ title: String) -> Column { Column(title: title, isNumeric: true) }
  }

  /// A row: its heading and what follows.
  struct Row: Sendable {
    /// The heading, opaque text.
    let heading: String
    /// The variant that the row is about, which lends it its mark.
    let series: Series?
    /// The cells after the heading.
    let cells: [Cell]

    init(_ heading: String, series: Series? = nil, _ cells: [Cell]) {
      (self.heading, self.series, self.cells) = (heading, series, cells)
    }
  }

  /// What the table shows, in one sentence.
  let caption: String
  /// The columns, that of the headings of the rows first.
  let columns: [Column]
  /// The rows.
  let rows: [Row]
}

/// A text of a table.
struct Cell: Sendable {
  /// How a text is set.
  enum Style: Sendable { case plain, code, star }

  /// The text.
  let text: String
  /// What belongs to it in smaller type, such as its interval.
  let detail: String?
  /// How it is set.
  let style: Style

  init(_ text: String, detail: String? = nil, style: Style = .plain) {
    (self.text, self.detail, self.style) = (text, detail, style)
  }

  /// What isn't known or doesn't apply.
  static let none = Cell("–")
}
