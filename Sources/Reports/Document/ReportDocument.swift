// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A report as headings, texts, tables and figures, from which the page and the Markdown file are written, so that
/// both say the same.
struct ReportDocument: Sendable {
  /// A piece of a section.
  enum Block: Sendable {
    /// A heading within the section.
    case heading(String)
    /// Running text.
    case paragraph(String)
    /// A table.
    case table(ReportTable)
    /// A figure.
    case figure(ReportFigure)
    /// The confusion matrix of a variant: a table on a page, a picture elsewhere.
    case confusion(ReportedVariant, index: Int)
    /// Items that one of two variants got wrong.
    case discordant(ReportedComparison)
    /// A list of sentences.
    case list([String])
    /// Text for a shell.
    case command(String)
  }

  /// A part with a heading.
  struct Section: Sendable {
    /// Identifier in the page.
    let name: String
    /// The heading.
    let title: String
    /// The pieces.
    let blocks: [Block]
  }

  /// What is reported.
  let report: RunReport
  /// What was found, in words.
  let headline: Headline
  /// The parts, without empty ones.
  let sections: [Section]

  init(_ report: RunReport) {
    self.report = report
    headline = Headline(report)
    if let rehearsal = report.rehearsal {
      sections = [Self.rehearsal(rehearsal), Self.data(report), Self.provenance(report), Self.repeating(report)]
      return
    }
    let parts = [
      Self.variants(report), Self.bench(report), Self.comparisons(report), Self.speed(report), Self.quality(report),
      Self.training(report), Self.resources(report), Self.conditions(report), Self.data(report),
      Self.provenance(report), Self.repeating(report),
    ]
    sections = parts.filter { !$0.blocks.isEmpty }
  }

  /// All figures that are pictures in files, in their order.
  var figures: [ReportFigure] {
    sections.flatMap(\.blocks).compactMap { block in
      switch block {
      case .figure(let figure): figure
      case .confusion(let variant, let index): ConfusionFigure.figure(of: variant, at: index)
      default: nil
      }
    }
  }
}
