// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Items that exactly one of two variants answered rightly, with their pictures.
struct DiscordantList {
  /// The most items that a page shows.
  private static let largestCount = 24

  let comparison: ReportedComparison

  var markup: Markup {
    let shown = comparison.discordantItems.prefix(Self.largestCount)
    let missing = comparison.discordantCount - shown.count
    let note: Markup = missing > 0 ? "<p>\(NumberText.whole(missing)) more are not shown.</p>" : ""
    let name = "Items that only one of \(comparison.baseline) and \(comparison.candidate) got right"
    return """
      <ul class="items" aria-label="\(name)">
      \(shown.map(item).joined(separator: "\n"))
      </ul>
      \(note)
      """
  }

  private func item(_ item: DiscordantItem) -> Markup {
    """
    <li>\(item.picture.map { $0.markup(title: "Item \(item.id)") } ?? .empty)<dl>
    <dt>truth</dt><dd>\(item.truth)</dd>
    <dt>\(comparison.baseline)</dt><dd\(emphasis(item.baselineAnswer, item))>\(item.baselineAnswer)</dd>
    <dt>\(comparison.candidate)</dt><dd\(emphasis(item.candidateAnswer, item))>\(item.candidateAnswer)</dd>
    </dl><p class="id">item \(item.id)</p></li>
    """
  }

  private func emphasis(_ answer: String, _ item: DiscordantItem) -> Markup {
    answer == item.truth ? " class=\"right\"" : ""
  }
}

extension ItemPicture {
  /// The picture as squares; equal neighbours in a row are one rectangle.
  func markup(title: String) -> Markup {
    var body = Markup.empty
    for row in 0..<height {
      var column = 0
      while column < width {
        let value = pixels[row * width + column]
        var end = column + 1
        while end < width, pixels[row * width + end] == value { end += 1 }
        if value > 0 {
          let (shade, length) = (Int(value), end - column)
          body += "<path fill=\"rgb(\(shade),\(shade),\(shade))\" "
          body += "d=\"M\(column) \(row)h\(length)v1h-\(length)z\"/>"
        }
        column = end
      }
    }
    return """
      <svg viewBox="0 0 \(width) \(height)" role="img" aria-label="\(title)" shape-rendering="crispEdges">\(body)</svg>
      """
  }
}
