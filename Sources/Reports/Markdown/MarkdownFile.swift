// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// The report as Markdown (GitHub's dialect), with the pictures beside it.
struct MarkdownFile {
  /// What is written.
  let document: ReportDocument

  /// The whole file.
  var source: String {
    let report = document.report
    var parts = ["# \(Self.escaped(report.title))", "**\(Self.escaped(document.headline.sentence))**"]
    parts.append(Self.escaped(document.headline.support))
    parts += document.headline.doubts.map { "> ⚠ \(Self.escaped($0))" }
    for section in document.sections {
      parts.append("## \(section.title)")
      parts += section.blocks.map(text)
    }
    parts.append("---")
    parts.append(
      "Made by Galley \(Self.escaped(report.galleyVersion)), \(NumberText.date(report.endedAt)). "
        + "The same as a [page](report.html) and as [JSON](report.json).")
    return parts.filter { !$0.isEmpty }.joined(separator: "\n\n") + "\n"
  }

  private func text(_ block: ReportDocument.Block) -> String {
    switch block {
    case .heading(let text): "### \(Self.escaped(text))"
    case .paragraph(let text): Self.escaped(text)
    case .list(let texts): texts.map { "- \(Self.escaped($0))" }.joined(separator: "\n")
    case .command(let text): Self.fenced(text)
    case .table(let table): table.markdown
    case .figure(let figure): picture(figure, under: nil)
    case .confusion(let variant, let index):
      ConfusionFigure.figure(of: variant, at: index).map { picture($0, under: variant) } ?? classes(of: variant)
    case .discordant(let comparison): discordant(comparison).markdown
    }
  }

  private func picture(_ figure: ReportFigure, under variant: ReportedVariant?) -> String {
    let link = "![\(Self.escaped(figure.title))](figures/\(figure.name).svg)"
    guard let variant else { return "\(link)\n\n*\(Self.escaped(figure.caption))*" }
    return "### \(Self.escaped(variant.name))\n\n\(link)\n\n\(classes(of: variant))"
  }

  private func classes(of variant: ReportedVariant) -> String {
    guard let quality = variant.measurement.quality else { return "" }
    func cell(_ fraction: Double?) -> Cell { Cell(fraction.map { NumberText.percent($0) } ?? "–") }
    return ReportTable(
      caption: "Precision and recall of \(variant.name).",
      columns: [.text("Class"), .number("Items"), .number("Precision"), .number("Recall"), .number("F1")],
      rows: quality.classes.map {
        ReportTable.Row(
          $0.label, [Cell(NumberText.whole($0.support)), cell($0.precision), cell($0.recall), cell($0.f1)])
      }
    ).markdown
  }

  private func discordant(_ comparison: ReportedComparison) -> ReportTable {
    ReportTable(
      caption: "Items that only one of the two answered rightly.",
      columns: [.text("Item"), .text("Truth"), .text(comparison.baseline), .text(comparison.candidate)],
      rows: comparison.discordantItems.map {
        ReportTable.Row($0.id, [Cell($0.truth), Cell($0.baselineAnswer), Cell($0.candidateAnswer)])
      })
  }

  /// Text in which nothing is read as Markdown or HTML. A line break becomes a space.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\\", "`", "*", "_", "[", "]", "|", "#", "~", "$", "!": result += "\\" + String(scalar)
      case "\n", "\r", "\t": result += " "
      case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}":
        result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Text in a fence that is longer than any run of backticks in it.
  private static func fenced(_ text: String) -> String {
    let longest = text.split { $0 != "`" }.map(\.count).max() ?? 0
    let fence = String(repeating: "`", count: max(3, longest + 1))
    return "\(fence)sh\n\(text)\n\(fence)"
  }

  /// Text as code inside a table, where a bar would end the cell.
  static func code(_ text: String) -> String {
    let plain = text.unicodeScalars.allSatisfy { !"`|\\\n\r".unicodeScalars.contains($0) }
    return plain ? "`\(text)`" : escaped(text)
  }
}

extension ReportTable {
  /// The table in GitHub's dialect, its caption above it.
  var markdown: String {
    let heads = columns.map { MarkdownFile.escaped($0.title) }
    let rules = columns.map { $0.isNumeric ? "---:" : "---" }
    let lines = rows.map { row in
      [MarkdownFile.escaped(row.heading)] + zip(columns.dropFirst(), row.cells).map { $1.markdown }
    }
    let table = ([heads, rules] + lines).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
    return "*\(MarkdownFile.escaped(caption))*\n\n\(table)"
  }
}

extension Cell {
  fileprivate var markdown: String {
    let main = style == .code ? MarkdownFile.code(text) : MarkdownFile.escaped(text)
    return detail.map { "\(main) (\(MarkdownFile.escaped($0)))" } ?? main
  }
}
