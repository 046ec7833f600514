// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

extension ReportTable {
  /// The table as an element of a page. It scrolls by itself where the page is too narrow.
  var markup: Markup {
    let heads = columns.map { column -> Markup in
      "<th scope=\"col\"\(column.isNumeric ? " class=\"num\"" as Markup : "")>\(column.title)</th>"
    }
    return """
      <div class="scroll" role="group" tabindex="0" aria-label="\(caption)"><table>
      <caption><span>\(caption)</span></caption>
      <thead><tr>\(heads.joined())</tr></thead>
      <tbody>
      \(rows.map(row).joined(separator: "\n"))
      </tbody>
      </table></div>
      """
  }

  private func row(_ row: Row) -> Markup {
    let key = row.series.map { Self.key($0) } ?? .empty
    let cells = zip(columns.dropFirst(), row.cells).map { column, cell -> Markup in
      "<td\(column.isNumeric ? " class=\"num\"" as Markup : "")>\(cell.markup)</td>"
    }
    return "<tr><th scope=\"row\">\(key)\(row.heading)</th>\(cells.joined())</tr>"
  }

  /// A variant's mark, as it stands in the figures.
  private static func key(_ series: Series) -> Markup {
    var drawing = Drawing(width: 16, height: 16)
    drawing.mark(series, 8, 8, size: 5.5)
    return drawing.ornament
  }
}

extension Cell {
  var markup: Markup {
    let main: Markup =
      switch style {
      case .plain: "\(text)"
      case .code: "<code>\(text)</code>"
      case .star: "<span role=\"img\" aria-label=\"on the front\">\(text)</span>"
      }
    return detail.map { "\(main)<span class=\"detail\">\($0)</span>" } ?? main
  }
}
