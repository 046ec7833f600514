// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley

/// The page of a choice: the picture, the chosen rows, what the reader should know. It asks no host for anything.
struct ChoicePage {
  let plot: ChoicePlot
  let plotly: String?

  /// The whole page.
  /// - Throws: `EncodingError` if the figure can't be written as JSON.
  func source() throws -> String {
    let figure = plot.figure
    return PageShell(title: plot.title, generator: galleyVersion.description).source(
      """
      <header>
      <h1>Golden rows</h1>
      <p class="headline">\(plot.title)</p>
      </header>
      <main>
      \(Page.figure(figure, isLive: plotly != nil))
      <ul>\(plot.notes.map { "<li>\($0)</li>" as Markup }.joined())</ul>
      \(table)
      </main>
      \(try Page.scripts([figure], plotly: plotly))
      """)
  }

  private var table: Markup {
    let front = Set(plot.front.map { [$0.x, $0.y] })
    let rows = (plot.best.isEmpty ? plot.front : plot.best).enumerated().map { index, point in
      """
      <tr><td class="num">\(point.rank ?? index + 1)</td><th scope="row">\(point.name)</th>      <td class="num">\(NumberText.significant(point.x, digits: 4))</td>      <td class="num">\(NumberText.significant(point.y, digits: 4))</td>      <td>\(front.contains([point.x, point.y]) ? "yes" : "no")</td></tr>
      """ as Markup
    }
    return """
      <div class="scroll"><table>
      <thead><tr><th class="num" scope="col">rank</th><th scope="col">row</th>      <th scope="col">\(plot.horizontal.title)</th><th scope="col">\(plot.vertical.title)</th>      <th scope="col">on the exact front</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table></div>
      """
  }
}
