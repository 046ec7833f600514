// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import FoundationEssentials

/// The parts of a report, before they are written.
extension ReportWriter {
  /// The page.
  /// - Parameter plotly: the text of Plotly's script; `nil` leaves the static pictures.
  /// - Throws: `EncodingError` if a figure can't be written as JSON.
  package static func page(_ report: RunReport, plotly: String? = nil) throws -> String {
    try Page(document: ReportDocument(report), plotly: plotly).source()
  }

  /// The Markdown file.
  package static func markdown(_ report: RunReport) -> String {
    MarkdownFile(document: ReportDocument(report)).source
  }

  /// The pictures beside the Markdown file: SVG by name.
  package static func pictures(_ report: RunReport) -> [(name: String, svg: String)] {
    ReportDocument(report).figures.map { ($0.name, $0.drawing.standalone(title: $0.title).source) }
  }

  /// The content of `report.json`.
  /// - Throws: `EncodingError`.
  package static func numbers(_ report: RunReport) throws -> Data {
    try ReportNumbers(ReportDocument(report)).encoded()
  }
}
