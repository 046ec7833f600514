// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// An SVG picture in the making. Colours come from classes (`Palette`), so that a picture follows light and dark.
struct Drawing: Sendable {
  /// Width in units of the picture.
  let width: Double
  /// Height in units of the picture.
  let height: Double
  private var body: Markup = .empty

  /// Where a text is anchored.
  enum Anchor: String { case start, middle, end }

  /// An empty picture.
  init(width: Double, height: Double) {
    self.width = width
    self.height = height
  }

  mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, class name: String) {
    body += "<line class=\"\(name)\" x1=\"\(x1)\" y1=\"\(y1)\" x2=\"\(x2)\" y2=\"\(y2)\"/>\n"
  }

  mutating func rectangle(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, class name: String, opacity: Double = 1
  ) {
    let part: Markup = opacity < 1 ? " fill-opacity=\"\(opacity)\"" : ""
    body += "<rect class=\"\(name)\" x=\"\(x)\" y=\"\(y)\" width=\"\(width)\" height=\"\(height)\"\(part)/>\n"
  }

  /// A line through points; none if there are fewer than two.
  mutating func path(_ points: [(x: Double, y: Double)], class name: String) {
    guard points.count > 1 else { return }
    let pairs = points.map { Markup("\($0.x),\($0.y)") }.joined(separator: " ")
    body += "<polyline class=\"\(name)\" points=\"\(pairs)\"/>\n"
  }

  mutating func text(
    _ text: String, _ x: Double, _ y: Double, anchor: Anchor = .start, class name: String = "ink", turned: Bool = false
  ) {
    let turn: Markup = turned ? " transform=\"rotate(-90 \(x) \(y))\"" : ""
    body += "<text class=\"\(name)\" x=\"\(x)\" y=\"\(y)\" text-anchor=\"\(anchor.rawValue)\"\(turn)>\(text)</text>\n"
  }

  /// A variant's mark: its colour and its shape, so that colour is never the only cue. `tip` is read out and shown by
  /// a pointer.
  mutating func mark(_ series: Series, _ x: Double, _ y: Double, size: Double = 5, tip: String? = nil) {
    let title: Markup = tip.map { "<title>\($0)</title>" } ?? ""
    let style = "mark \(series.className)"
    switch series.shape {
    case .circle: body += "<circle class=\"\(style)\" cx=\"\(x)\" cy=\"\(y)\" r=\"\(size)\">\(title)</circle>\n"
    default:
      let corners = series.shape.corners.map { Markup("\(x + $0.x * size),\(y + $0.y * size)") }
      body += "<polygon class=\"\(style)\" points=\"\(corners.joined(separator: " "))\">\(title)</polygon>\n"
    }
  }

  /// The picture as an element of a page: its colours come from the page's style sheet.
  func inline(title: String, identifier: String) -> Markup {
    """
    <svg class="figure" viewBox="0 0 \(width) \(height)" role="img" aria-labelledby="\(identifier)">
    <title id="\(identifier)">\(title)</title>
    \(body)</svg>
    """
  }

  /// The picture as a mark beside text, which says the same.
  var ornament: Markup {
    "<svg class=\"figure key\" viewBox=\"0 0 \(width) \(height)\" aria-hidden=\"true\">\(body)</svg>"
  }

  /// The picture as a file of its own, with its colours and an opaque ground, readable on light and dark pages.
  func standalone(title: String) -> Markup {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <svg xmlns="http://www.w3.org/2000/svg" class="figure" viewBox="0 0 \(width) \(height)" \
    width="\(width)" height="\(height)" role="img" aria-labelledby="title">
    <title id="title">\(title)</title>
    <style>\(Markup(trusted: Palette.pictureStyle))</style>
    <rect class="ground" x="0.5" y="0.5" width="\(width - 1)" height="\(height - 1)" rx="6"/>
    \(body)</svg>

    """
  }
}
