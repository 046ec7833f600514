// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// The picture of a choice, static and live.
struct ChoiceFigure {
  private static let width = 760.0
  private static let height = 480.0
  /// More marks than this can't be told apart, and make a page slow.
  private static let mostMarks = 4000
  private static let allSeries = Series(index: 6)
  private static let bestSeries = Series(index: 1)
  private static let frontSeries = Series(index: 2)

  private let plot: ChoicePlot
  private let horizontal: Axis
  private let vertical: Axis
  private let all: [ChoicePlot.Point]

  init(_ plot: ChoicePlot) {
    self.plot = plot
    let points = plot.all + plot.best + plot.front
    horizontal = Axis(
      covering: [0] + points.map(\.x), from: 72, to: Self.width - 24, within: 0...Double.infinity, room: 0.07)
    vertical = Axis(
      covering: [0] + points.map(\.y), from: Self.height - 60, to: 48, within: 0...Double.infinity, room: 0.09)
    all = Self.thinned(plot.all, horizontal, vertical)
  }

  /// One point for each place that can be told from others.
  private static func thinned(
    _ points: [ChoicePlot.Point], _ horizontal: Axis, _ vertical: Axis
  ) -> [ChoicePlot.Point] {
    guard points.count > mostMarks else { return points }
    struct Place: Hashable { var x: Int, y: Int }
    var taken: Set<Place> = []
    var cell = 1.0
    while true {
      taken.removeAll()
      let kept = points.filter {
        taken.insert(Place(x: Int(horizontal.position($0.x) / cell), y: Int(vertical.position($0.y) / cell))).inserted
      }
      if kept.count <= mostMarks || cell > 16 { return kept }
      cell *= 1.5
    }
  }

  var figure: ReportFigure {
    ReportFigure(name: "choice", title: plot.title, caption: caption, drawing: drawing, plot: live)
  }

  private var caption: String {
    let thinned =
      all.count < plot.all.count ? " Of \(plot.all.count) rows \(all.count) are drawn; others lie on them." : ""
    return "\(plot.horizontal.title): \(better(plot.horizontal)). \(plot.vertical.title): \(better(plot.vertical)). "
      + "Numbers are ranks; the dashed line bounds what the front beats.\(thinned)"
  }

  private func better(_ metric: ChoicePlot.Metric) -> String {
    metric.largerIsBetter ? "more is better" : "less is better"
  }

  // MARK: The static picture

  private var drawing: Drawing {
    var picture = Drawing(width: Self.width, height: Self.height)
    picture.drawGrid(horizontal: horizontal, vertical: vertical)
    picture.text(
      plot.horizontal.title, (horizontal.start + horizontal.end) / 2, Self.height - 16, anchor: .middle, class: "soft")
    picture.text(
      plot.vertical.title, 16, (vertical.start + vertical.end) / 2, anchor: .middle, class: "soft", turned: true)
    drawLegend(on: &picture)
    for point in all { draw(point, Self.allSeries, 2.8, on: &picture) }
    let corners = plot.staircase(from: horizontal.lower, to: horizontal.upper)
    picture.path(corners.map { (horizontal.position($0.x), vertical.position($0.y)) }, class: "front")
    for point in plot.best { draw(point, Self.bestSeries, 6, on: &picture) }
    for point in plot.front { draw(point, Self.frontSeries, 4, on: &picture) }
    drawRanks(on: &picture)
    return picture
  }

  private func draw(_ point: ChoicePlot.Point, _ series: Series, _ size: Double, on picture: inout Drawing) {
    let rank = point.rank.map { "\($0). " } ?? ""
    picture.mark(
      series, horizontal.position(point.x), vertical.position(point.y), size: size,
      tip: point.name.isEmpty ? nil : rank + point.name)
  }

  private func drawLegend(on picture: inout Drawing) {
    var x = horizontal.start + 6
    for (text, series, size) in legend {
      picture.mark(series, x, 20, size: size)
      picture.text(text, x + 12, 24)
      x += Double(TextTable.width(of: text)) * 6.8 + 40
    }
  }

  private var legend: [(String, Series, Double)] {
    let layers: [(String, Series, Double, Int)] = [
      ("all rows (\(plot.all.count))", Self.allSeries, 2.8, plot.all.count),
      ("fuzzy Pareto (top \(plot.best.count))", Self.bestSeries, 6, plot.best.count),
      ("exact Pareto (\(plot.front.count))", Self.frontSeries, 4, plot.front.count),
    ]
    return layers.filter { $0.3 > 0 }.map { ($0.0, $0.1, $0.2) }
  }

  /// The ranks of the best, or else of the front, where there is room beside the points.
  private func drawRanks(on picture: inout Drawing) {
    let ranked = (plot.best.isEmpty ? plot.front : plot.best).filter { $0.rank != nil }
      .sorted { ($0.rank ?? 0) < ($1.rank ?? 0) }
    var taken = (plot.best + plot.front).map {
      LabelBox(around: horizontal.position($0.x), vertical.position($0.y), halfWidth: 6, halfHeight: 6)
    }
    let area = LabelBox(left: 70, top: 30, right: Self.width - 4, bottom: Self.height - 58)
    for point in ranked {
      let text = "\(point.rank ?? 0)"
      let placement = LabelPlacement.free(
        at: horizontal.position(point.x), vertical.position(point.y), width: Double(text.count) * 7, avoiding: taken,
        inside: area)
      guard let placement else { continue }
      taken.append(placement.box)
      picture.text(text, placement.x, placement.y, anchor: placement.anchor, class: "ink name")
    }
  }

  // MARK: The live picture

  private var live: Plot {
    var traces = [trace("all rows", all, Self.allSeries, size: 5, opacity: 0.5)]
    let corners = plot.staircase(from: horizontal.lower, to: horizontal.upper)
    if !corners.isEmpty {
      traces.append([
        "type": "scatter", "mode": "lines", "name": "front", "hoverinfo": "skip", "showlegend": false,
        "x": .numbers(corners.map(\.x)), "y": .numbers(corners.map(\.y)),
        "line": ["dash": "dash", "width": 1.5, "color": "@strong-rule"],
      ])
    }
    if !plot.best.isEmpty {
      traces.append(trace("fuzzy Pareto (top \(plot.best.count))", plot.best, Self.bestSeries, size: 13, opacity: 1))
    }
    traces.append(trace("exact Pareto", plot.front, Self.frontSeries, size: 9, opacity: 1))
    return Plot(
      data: traces,
      layout: Plot.layout(
        height: 520,
        [
          "xaxis": Plot.axis(plot.horizontal.title, like: horizontal),
          "yaxis": Plot.axis(plot.vertical.title, like: vertical), "showlegend": true,
        ]))
  }

  private func trace(
    _ name: String, _ points: [ChoicePlot.Point], _ series: Series, size: Double, opacity: Double
  ) -> PlotValue {
    let showsRanks = plot.best.isEmpty ? series == Self.frontSeries : series == Self.bestSeries
    return [
      "type": "scatter", "mode": showsRanks ? "markers+text" : "markers", "name": .text(name),
      "x": .numbers(points.map(\.x)), "y": .numbers(points.map(\.y)), "opacity": .number(opacity),
      "marker": [
        "color": .string("@" + series.className), "size": .number(size), "symbol": .string(series.shape.rawValue),
        "line": ["color": "@ground", "width": 1],
      ],
      "text": .list(points.map { .text(showsRanks ? $0.rank.map { "\($0)" } ?? "" : "") }),
      "textposition": "top right", "cliponaxis": false,
      "hovertext": .list(points.map { .text($0.name) }), "hoverinfo": "text",
    ]
  }
}
