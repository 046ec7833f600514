// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Statistics

/// How the latencies of each variant are distributed, and how its processes agree.
struct LatencyFigure {
  private static let width = 720.0
  private static let rowHeight = 46.0
  private let variants: [ReportedVariant]
  private let unit: TimeUnit
  private let axis: Axis

  /// The figure, or `nil` if there is no variant.
  static func figure(of report: RunReport) -> ReportFigure? {
    guard !report.variants.isEmpty else { return nil }
    return LatencyFigure(report.variants).figure
  }

  private init(_ variants: [ReportedVariant]) {
    self.variants = variants
    let timings = variants.map(\.measurement.latency)
    let unit = TimeUnit(for: timings.map(\.summary.median).min() ?? 1)
    let values = timings.flatMap { [$0.summary.minimum, $0.summary.p99] + $0.processMedians }
    axis = Axis(
      covering: values.filter { $0 > 0 }.map(unit.value), from: 20, to: Self.width - 24, logarithmicFrom: 4,
      within: 0...Double.infinity, room: 0.05)
    self.unit = unit
  }

  private var figure: ReportFigure {
    ReportFigure(
      name: "latency", title: "Distribution of the latency of each of \(variants.count) variants",
      caption: "The line runs from the fastest inference to the 99th percentile, with strokes at the 90th, 95th and "
        + "99th; the large mark is the median of all inferences, the dots under it are the medians of the single "
        + "processes.",
      drawing: drawing, plot: plot)
  }

  private var axisTitle: String { "latency of one inference (\(unit.symbol))" }

  private var drawing: Drawing {
    let bottom = Self.rowHeight * Double(variants.count) + 16
    var picture = Drawing(width: Self.width, height: bottom + 50)
    picture.drawHorizontalAxis(axis, from: bottom, to: 12, grid: true)
    picture.text(axisTitle, Self.width / 2, bottom + 40, anchor: .middle, class: "soft")
    for (index, variant) in variants.enumerated() {
      drawRow(variant, Series(index: index), at: 40 + Double(index) * Self.rowHeight, on: &picture)
    }
    return picture
  }

  private func drawRow(_ variant: ReportedVariant, _ series: Series, at y: Double, on picture: inout Drawing) {
    let timing = variant.measurement.latency
    let style = "bar \(series.className)"
    func place(_ seconds: Double) -> Double { axis.position(unit.value(seconds)) }
    picture.text(variant.name, place(timing.summary.minimum), y - 12, class: "ink name")
    picture.line(place(timing.summary.minimum), y, place(timing.summary.p99), y, class: style)
    for value in [timing.summary.p90, timing.summary.p95, timing.summary.p99] {
      picture.line(place(value), y - 5, place(value), y + 5, class: style)
    }
    for value in timing.processMedians { picture.mark(Series(index: series.index), place(value), y + 11, size: 2.5) }
    picture.mark(series, place(timing.summary.median), y, size: 6, tip: tip(variant).joined(separator: ", "))
  }

  private func tip(_ variant: ReportedVariant) -> [String] {
    let summary = variant.measurement.latency.summary
    return [
      variant.name, "minimum \(NumberText.time(summary.minimum))", "median \(NumberText.time(summary.median))",
      "p90 \(NumberText.time(summary.p90))", "p95 \(NumberText.time(summary.p95))",
      "p99 \(NumberText.time(summary.p99))", "maximum \(NumberText.time(summary.maximum))",
    ]
  }

  private var plot: Plot {
    let names = variants.map { PlotValue.text($0.name) }
    let rows = variants.indices.map { Double($0) }
    let x = Plot.axis(axisTitle, like: axis)
    let y: PlotValue = [
      "tickvals": .numbers(rows), "ticktext": .list(names), "range": .numbers([Double(variants.count) - 0.4, -0.6]),
      "automargin": true, "zeroline": false, "showgrid": false, "ticks": "",
    ]
    let traces = variants.enumerated().flatMap { self.traces(of: $0.element, Series(index: $0.offset)) }
    return Plot(
      data: traces, layout: Plot.layout(height: 110 + 56 * variants.count, ["xaxis": x, "yaxis": y]))
  }

  private func traces(of variant: ReportedVariant, _ series: Series) -> [PlotValue] {
    let timing = variant.measurement.latency
    let summary = timing.summary
    let colour = PlotValue.string("@" + series.className)
    let row = Double(series.index)
    func points(_ values: [Double], at row: Double) -> [String: PlotValue] {
      [
        "type": "scatter", "x": .numbers(values.map(unit.value)),
        "y": .numbers(values.map { _ in row }), "name": .text(variant.name),
      ]
    }
    let range: PlotValue = ["mode": "lines", "hoverinfo": "skip", "line": ["color": colour, "width": 2]]
    let strokes: PlotValue = [
      "mode": "markers", "text": ["p90", "p95", "p99"], "hovertemplate": "%{text} %{x:.4~r}<extra></extra>",
      "marker": ["symbol": "line-ns", "size": 12, "line": ["color": colour, "width": 2]],
    ]
    let median: PlotValue = [
      "mode": "markers", "hoverinfo": "text",
      "hovertext": .lines(tip(variant)),
      "marker": [
        "color": colour, "size": 13, "symbol": .string(series.shape.rawValue),
        "line": ["color": "@ground", "width": 1],
      ],
    ]
    let processes: PlotValue = [
      "mode": "markers", "hovertemplate": "median of a process %{x:.4~r}<extra></extra>",
      "marker": ["color": colour, "size": 6],
    ]
    return [
      range.adding(points([summary.minimum, summary.p99], at: row)),
      strokes.adding(points([summary.p90, summary.p95, summary.p99], at: row)),
      median.adding(points([summary.median], at: row)),
      processes.adding(points(timing.processMedians, at: row + 0.25)),
    ]
  }
}
