// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley

/// The report as one HTML page that needs nothing else and asks no host for anything.
struct Page {
  /// What is written.
  let document: ReportDocument
  /// The text of Plotly's script; `nil` leaves the static pictures.
  let plotly: String?

  /// The whole page.
  /// - Throws: `EncodingError` if a figure can't be written as JSON.
  func source() throws -> String {
    let report = document.report
    return PageShell(title: report.title, generator: report.galleyVersion).source(
      """
      <a class="skip" href="#variants">Skip to the results</a>
      \(header)
      <main>
      \(document.sections.map(section).joined(separator: "\n"))
      </main>
      \(footer)
      \(try Self.scripts(document.figures, plotly: plotly))
      """)
  }

  private var header: Markup {
    let report = document.report
    let doubts = document.headline.doubts.map { "<li>\($0)</li>" as Markup }
    let links = document.sections.map { "<li><a href=\"#\($0.name)\">\($0.title)</a></li>" as Markup }
    return """
      <header>
      <h1>\(report.title)</h1>
      <p class="headline">\(document.headline.sentence)</p>
      \(document.headline.support.isEmpty ? .empty : "<p class=\"support\">\(document.headline.support)</p>")
      <p class="byline">\(byline)</p>
      \(doubts.isEmpty ? .empty : "<aside class=\"doubts\" aria-label=\"Warnings\"><ul>\(doubts.joined())</ul></aside>")
      <nav aria-label="Sections"><ul>
      \(links.joined(separator: "\n"))
      </ul></nav>
      </header>
      """
  }

  private var byline: String {
    let report = document.report
    let machines = Set(report.variants.map(\.measurement.environment.processor)).sorted().joined(separator: ", ")
    let runtimes = Set(report.variants.map { "\($0.measurement.runtime.name) \($0.measurement.runtime.version)" })
      .sorted().joined(separator: ", ")
    return [
      report.recipe.map { "Recipe \($0.name)" } ?? "", report.data?.name ?? "", runtimes, machines,
      NumberText.date(report.startedAt),
    ].filter { !$0.isEmpty }.joined(separator: "\u{A0}· ")
  }

  private var footer: Markup {
    let report = document.report
    let still: Markup =
      plotly == nil
      ? "<p>Plotly is not installed, so the figures are static; “galley doctor” says how to get it.</p>" : ""
    let duration = NumberText.time(max(0, report.endedAt - report.startedAt))
    return """
      <footer>
      \(still)
      <p>Made by Galley \(report.galleyVersion). The run took \(duration) and ended at \
      \(NumberText.date(report.endedAt)). The same as <a href="report.md">Markdown</a> and as \
      <a href="report.json">JSON</a>.</p>
      </footer>
      """
  }

  private func section(_ section: ReportDocument.Section) -> Markup {
    var body = Markup.empty
    var matrices: [Markup] = []
    for block in section.blocks {
      if case .confusion(let variant, let index) = block {
        matrices.append(ConfusionTable(variant: variant, index: index).markup)
      } else {
        body += markup(block, in: section) + "\n"
      }
    }
    if !matrices.isEmpty { body += "<div class=\"matrices\">\(matrices.joined(separator: "\n"))</div>\n" }
    return """
      <section id="\(section.name)" aria-labelledby="\(section.name)-title">
      <h2 id="\(section.name)-title">\(section.title)</h2>
      \(body)</section>
      """
  }

  private func markup(_ block: ReportDocument.Block, in section: ReportDocument.Section) -> Markup {
    switch block {
    case .heading(let text): "<h3>\(text)</h3>"
    case .paragraph(let text): "<p>\(text)</p>"
    case .list(let texts): "<ul>\(texts.map { "<li>\($0)</li>" as Markup }.joined())</ul>"
    case .command(let text): "<pre><code>\(text)</code></pre>"
    case .table(let table): table.markup
    case .figure(let figure): Self.figure(figure, isLive: plotly != nil)
    case .discordant(let comparison): DiscordantList(comparison: comparison).markup
    case .confusion(let variant, let index): ConfusionTable(variant: variant, index: index).markup
    }
  }

  /// A figure: its picture, and the place of the live one.
  static func figure(_ figure: ReportFigure, isLive: Bool) -> Markup {
    let live: Markup =
      !isLive || figure.plot == nil
      ? ""
      : "<div class=\"live\" id=\"\(figure.name)-live\" role=\"group\" aria-label=\"\(figure.title)\"></div>"
    let still = figure.drawing.inline(title: figure.title, identifier: figure.name + "-name")
    return """
      <figure id="\(figure.name)-figure">
      <div>\(live)<div class="still figures-scroll">\(still)</div></div>
      <figcaption>\(figure.caption)</figcaption>
      </figure>
      """
  }

  /// What makes figures live; nothing without Plotly.
  static func scripts(_ figures: [ReportFigure], plotly: String?) throws -> Markup {
    guard let plotly else { return .empty }
    let plots = figures.compactMap { figure in figure.plot.map { (figure.name, $0) } }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let data = try encoder.encode(Dictionary(plots) { $1 })
    return """
      <script type="application/json" id="figure-data">\(Markup(trusted: harmless(data)))</script>
      <script>\(Markup(trusted: harmless(script: plotly)))</script>
      <script>
      \(Markup(trusted: Script.text))
      </script>
      """
  }

  /// JSON that can't end the element that holds it.
  private static func harmless(_ json: Data) -> String {
    String(decoding: json, as: UTF8.self).replacing("<", with: "\\u003c")
  }

  /// A script that can't end the element that holds it: what ends it stands in strings only, where a backslash before
  /// the slash changes nothing.
  private static func harmless(script: String) -> String {
    script.replacing("</script", with: "<\\/script").replacing("<!--", with: "<\\!--")
  }
}
