// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Statistics

/// Accuracy against median latency with the intervals of both, and the front.
struct ParetoFigure {
  private struct Point {
    let series: Series
    let variant: ReportedVariant
    let x: Double
    let y: Double
    var label: LabelPlacement?
  }

  private static let width = 720.0
  private static let height = 400.0
  private let unit: TimeUnit
  private let horizontal: Axis
  private let vertical: Axis
  private var points: [Point]

  /// The figure, or `nil` if no variant has an accuracy.
  static func figure(of report: RunReport) -> ReportFigure? {
    ParetoFigure(report)?.figure
  }

  private init?(_ report: RunReport) {
    let shown = report.variants.enumerated().filter { $0.element.measurement.quality != nil }
    guard !shown.isEmpty else { return nil }
    let measurements = shown.map(\.element.measurement)
    let latencies = measurements.flatMap {
      [$0.latency.summary.median, $0.latency.medianInterval.lower, $0.latency.medianInterval.upper]
    }.filter { $0 > 0 }
    let unit = TimeUnit(for: measurements.map(\.latency.summary.median).min() ?? 1)
    let accuracies = measurements.compactMap(\.quality).flatMap {
      [$0.accuracy, $0.accuracyInterval.lower, $0.accuracyInterval.upper].map { $0 * 100 }
    }
    let horizontal = Axis(
      covering: latencies.map(unit.value), from: 64, to: Self.width - 28, logarithmicFrom: 6,
      within: 0...Double.infinity,
      room: 0.26)
    let vertical = Axis(covering: accuracies, from: Self.height - 56, to: 24, within: 0...100)
    points = shown.map { index, variant in
      Point(
        series: Series(index: index), variant: variant,
        x: horizontal.position(unit.value(variant.measurement.latency.summary.median)),
        y: vertical.position((variant.measurement.quality?.accuracy ?? 0) * 100))
    }
    (self.unit, self.horizontal, self.vertical) = (unit, horizontal, vertical)
    placeLabels()
  }

  private mutating func placeLabels() {
    var taken = points.map { LabelBox(around: $0.x, $0.y, halfWidth: 7, halfHeight: 7) }
    let lines = points.flatMap(bars) + zip(staircase, staircase.dropFirst()).map { LabelBox(from: $0, to: $1) }
    let area = LabelBox(left: 62, top: 12, right: Self.width - 6, bottom: Self.height - 58)
    for index in points.indices {
      let width = Double(TextTable.width(of: points[index].variant.name)) * 6.6 + 4
      let own = bars(of: points[index])
      let placement =
        LabelPlacement.free(
          at: points[index].x, points[index].y, width: width, avoiding: taken + lines.filter { !own.contains($0) },
          inside: area)
        ?? LabelPlacement.free(at: points[index].x, points[index].y, width: width, avoiding: taken, inside: area)
      points[index].label = placement
      if let placement { taken.append(placement.box) }
    }
  }

  /// What a point's bars cover.
  private func bars(of point: Point) -> [LabelBox] {
    guard let quality = point.variant.measurement.quality else { return [] }
    let latency = point.variant.measurement.latency.medianInterval
    let top = vertical.position(quality.accuracyInterval.upper * 100)
    let bottom = vertical.position(quality.accuracyInterval.lower * 100)
    return [
      LabelBox(from: (point.x, bottom), to: (point.x, top)),
      LabelBox(
        from: (horizontal.position(unit.value(latency.lower)), point.y),
        to: (horizontal.position(unit.value(latency.upper)), point.y)),
    ]
  }

  private var figure: ReportFigure {
    let front = points.filter(\.variant.isOnFront).map(\.variant.name)
    return ReportFigure(
      name: "pareto",
      title: "Accuracy against median latency of \(points.count) variants; on the front: "
        + (front.isEmpty ? "none" : front.joined(separator: ", ")),
      caption: "Up and to the left is better. Bars are 95 % intervals: of the median latency from the spread between "
        + "processes, of the accuracy by Wilson. The dashed line is the front: nothing measured lies above and left "
        + "of it.",
      drawing: drawing, plot: plot)
  }

  private var axisTitle: String { "median latency of one inference (\(unit.symbol))" }

  private var frontPoints: [Point] {
    points.filter(\.variant.isOnFront).sorted { $0.x < $1.x }
  }

  // MARK: The static picture

  private var drawing: Drawing {
    var picture = Drawing(width: Self.width, height: Self.height)
    picture.drawGrid(horizontal: horizontal, vertical: vertical)
    picture.text(axisTitle, (64 + Self.width - 28) / 2, Self.height - 14, anchor: .middle, class: "soft")
    picture.text("accuracy (%)", 16, (Self.height - 32) / 2, anchor: .middle, class: "soft", turned: true)
    picture.path(staircase, class: "front")
    for point in points { drawBars(of: point, on: &picture) }
    for point in points {
      picture.mark(point.series, point.x, point.y, size: 6, tip: tip(point).joined(separator: ", "))
      if let label = point.label {
        picture.text(point.variant.name, label.x, label.y, anchor: label.anchor, class: "ink name")
      }
    }
    return picture
  }

  private var staircase: [(x: Double, y: Double)] {
    var steps: [(x: Double, y: Double)] = []
    for point in frontPoints {
      if let last = steps.last { steps.append((point.x, last.y)) }
      steps.append((point.x, point.y))
    }
    if let last = steps.last { steps.append((horizontal.end, last.y)) }
    return steps
  }

  private func drawBars(of point: Point, on picture: inout Drawing) {
    guard let quality = point.variant.measurement.quality else { return }
    let style = "bar \(point.series.className)"
    let left = horizontal.position(unit.value(point.variant.measurement.latency.medianInterval.lower))
    let right = horizontal.position(unit.value(point.variant.measurement.latency.medianInterval.upper))
    let bottom = vertical.position(quality.accuracyInterval.lower * 100)
    let top = vertical.position(quality.accuracyInterval.upper * 100)
    picture.line(left, point.y, right, point.y, class: style)
    picture.line(point.x, bottom, point.x, top, class: style)
    for x in [left, right] { picture.line(x, point.y - 3, x, point.y + 3, class: style) }
    for y in [bottom, top] { picture.line(point.x - 3, y, point.x + 3, y, class: style) }
  }

  private func tip(_ point: Point) -> [String] {
    let measurement = point.variant.measurement
    let latency = measurement.latency
    var lines = [
      point.variant.name,
      "\(NumberText.time(latency.summary.median)) (\(NumberText.timeInterval(latency.medianInterval)))",
    ]
    if let quality = measurement.quality {
      lines.append("\(NumberText.percent(quality.accuracy)) (\(NumberText.percentInterval(quality.accuracyInterval)))")
    }
    return lines
  }

  // MARK: The live picture

  private var plot: Plot {
    let x = Plot.axis(axisTitle, like: horizontal)
    let y = Plot.axis("accuracy (%)", like: vertical)
    return Plot(
      data: [frontTrace] + points.map(trace), layout: Plot.layout(height: 440, ["xaxis": x, "yaxis": y]))
  }

  private var frontTrace: PlotValue {
    var x = frontPoints.map { unit.value($0.variant.measurement.latency.summary.median) }
    var y = frontPoints.map { ($0.variant.measurement.quality?.accuracy ?? 0) * 100 }
    if let last = y.last {
      x.append(horizontal.upper)
      y.append(last)
    }
    return [
      "type": "scatter", "mode": "lines", "x": .numbers(x), "y": .numbers(y), "hoverinfo": "skip", "name": "front",
      "showlegend": false,
      "line": ["shape": "hv", "dash": "dash", "width": 1.5, "color": "@strong-rule"],
    ]
  }

  private func trace(_ point: Point) -> PlotValue {
    let measurement = point.variant.measurement
    let median = measurement.latency.summary.median
    let interval = measurement.latency.medianInterval
    let accuracy = measurement.quality?.accuracy ?? 0
    let bounds = measurement.quality?.accuracyInterval
    return [
      "type": "scatter", "mode": "markers+text", "name": .text(point.variant.name),
      "x": .numbers([unit.value(median)]), "y": .numbers([accuracy * 100]),
      "error_x": error(unit.value(interval.upper - median), unit.value(median - interval.lower), point.series),
      "error_y": error(
        ((bounds?.upper ?? accuracy) - accuracy) * 100, (accuracy - (bounds?.lower ?? accuracy)) * 100, point.series),
      "marker": [
        "color": .string("@" + point.series.className), "size": 12, "symbol": .string(point.series.shape.rawValue),
        "line": ["color": "@ground", "width": 1],
      ],
      "text": .list([.text(point.label == nil ? "" : point.variant.name)]),
      "cliponaxis": false, "textposition": .string(point.label?.plotlyPosition ?? "top center"),
      "hovertext": .lines(tip(point)), "hoverinfo": "text",
    ]
  }

  private func error(_ plus: Double, _ minus: Double, _ series: Series) -> PlotValue {
    [
      "type": "data", "symmetric": false, "array": .numbers([max(plus, 0)]), "arrayminus": .numbers([max(minus, 0)]),
      "thickness": 1.5, "width": 4, "color": .string("@" + series.className),
    ]
  }
}
