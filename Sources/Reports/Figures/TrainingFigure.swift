// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Loss and validation accuracy by epoch; variants that share a training share its lines.
struct TrainingFigure {
  private struct Run {
    let names: [String]
    let series: Series
    let training: ReportedTraining
  }

  private struct Panel {
    let title: String
    let axis: Axis
    let left: Double
    let right: Double
    let horizontal: Axis
  }

  private static let width = 720.0
  private static let height = 320.0
  private let runs: [Run]

  /// The figure, or `nil` if nothing was trained.
  static func figure(of report: RunReport) -> ReportFigure? {
    let figure = TrainingFigure(report)
    return figure.runs.isEmpty ? nil : figure.figure
  }

  private init(_ report: RunReport) {
    var runs: [Run] = []
    for (index, variant) in report.variants.enumerated() {
      guard let training = variant.training, !training.history.isEmpty else { continue }
      if let shared = runs.firstIndex(where: { $0.training == training }) {
        runs[shared] = Run(
          names: runs[shared].names + [variant.name], series: runs[shared].series, training: training)
      } else {
        runs.append(Run(names: [variant.name], series: Series(index: index), training: training))
      }
    }
    self.runs = runs
  }

  private var figure: ReportFigure {
    ReportFigure(
      name: "training", title: "Loss and validation accuracy by epoch of \(runs.count) trainings",
      caption: "Left: mean loss, solid on training items, dotted on validation items. Right: accuracy on validation "
        + "items; the mark is the epoch whose weights were kept.",
      drawing: drawing, plot: plot)
  }

  private var losses: [Double] {
    runs.flatMap { $0.training.history.flatMap { [$0.trainLoss, $0.validationLoss].compactMap { $0 } } }
  }

  private var accuracies: [Double] {
    runs.flatMap { $0.training.history.compactMap(\.validationAccuracy) }.map { $0 * 100 }
  }

  private func lossPanel(_ left: Double, _ right: Double) -> Panel {
    panel("loss", losses, left, right, logarithmicFrom: 20, within: 0...Double.infinity)
  }

  private func accuracyPanel(_ left: Double, _ right: Double) -> Panel {
    panel("validation accuracy (%)", accuracies, left, right, logarithmicFrom: .infinity, within: 0...100)
  }

  private func panel(
    _ title: String, _ values: [Double], _ left: Double, _ right: Double, logarithmicFrom: Double,
    within limits: ClosedRange<Double>
  ) -> Panel {
    let epochs = runs.flatMap { $0.training.history.map { Double($0.epoch) } }
    return Panel(
      title: title,
      axis: Axis(
        covering: values, from: Self.height - 52, to: 56, logarithmicFrom: logarithmicFrom, within: limits,
        room: 0.05),
      left: left, right: right,
      horizontal: Axis(covering: epochs, from: left, to: right, within: 0...Double.infinity, room: 0.02))
  }

  // MARK: The static picture

  private var drawing: Drawing {
    var picture = Drawing(width: Self.width, height: Self.height)
    drawLegend(on: &picture)
    let loss = lossPanel(56, 350)
    draw(loss, on: &picture)
    for run in runs {
      let style = "line \(run.series.className)"
      picture.path(curve(run, loss) { $0.trainLoss }, class: style)
      picture.path(curve(run, loss, \.validationLoss), class: style + " dashed")
    }
    guard !accuracies.isEmpty else { return picture }
    let accuracy = accuracyPanel(416, Self.width - 16)
    draw(accuracy, on: &picture)
    for run in runs {
      let points = curve(run, accuracy) { $0.validationAccuracy.map { $0 * 100 } }
      picture.path(points, class: "line \(run.series.className)")
      guard let best = best(run), let value = best.validationAccuracy else { continue }
      picture.mark(
        run.series, accuracy.horizontal.position(Double(best.epoch)), accuracy.axis.position(value * 100), size: 5,
        tip: "\(run.names.joined(separator: ", ")): epoch \(best.epoch), \(NumberText.percent(value))")
    }
    return picture
  }

  private func best(_ run: Run) -> ReportedEpoch? {
    run.training.history.first { $0.epoch == run.training.bestEpoch }
  }

  private func drawLegend(on picture: inout Drawing) {
    var x = 56.0
    for run in runs {
      let name = run.names.joined(separator: ", ")
      picture.mark(run.series, x + 5, 16)
      picture.text(name, x + 16, 20)
      x += Double(TextTable.width(of: name)) * 6.8 + 40
    }
  }

  private func draw(_ panel: Panel, on picture: inout Drawing) {
    picture.drawGrid(horizontal: panel.horizontal, vertical: panel.axis)
    picture.text(panel.title, panel.left, 46, class: "soft")
    picture.text("epoch", (panel.left + panel.right) / 2, Self.height - 14, anchor: .middle, class: "soft")
  }

  private func curve(_ run: Run, _ panel: Panel, _ value: (ReportedEpoch) -> Double?) -> [(x: Double, y: Double)] {
    run.training.history.compactMap { epoch in
      guard let value = value(epoch), value.isFinite else { return nil }
      return (panel.horizontal.position(Double(epoch.epoch)), panel.axis.position(value))
    }
  }

  // MARK: The live picture

  private var plot: Plot {
    let loss = lossPanel(0, 1)
    let accuracy = accuracyPanel(0, 1)
    let layout = Plot.layout(
      height: 360,
      [
        "xaxis": Plot.axis("epoch", like: loss.horizontal, extra: ["domain": [0, 0.44]]),
        "yaxis": Plot.axis("loss", like: loss.axis),
        "xaxis2": Plot.axis("epoch", like: accuracy.horizontal, extra: ["domain": [0.56, 1], "anchor": "y2"]),
        "yaxis2": Plot.axis("validation accuracy (%)", like: accuracy.axis, extra: ["anchor": "x2"]),
        "showlegend": true, "hovermode": "closest",
      ])
    return Plot(data: runs.flatMap(traces), layout: layout)
  }

  private func traces(of run: Run) -> [PlotValue] {
    let name = run.names.joined(separator: ", ")
    return [
      trace(run, name, hover: "training loss", panel: "") { $0.trainLoss }?.adding(["showlegend": true]),
      trace(run, name, hover: "validation loss", panel: "") { $0.validationLoss }?.adding([
        "line": ["color": .string("@" + run.series.className), "dash": "dot", "width": 2]
      ]),
      trace(run, name, hover: "accuracy", panel: "2") { $0.validationAccuracy.map { $0 * 100 } },
      trace(run, name, hover: "kept", panel: "2") { epoch in
        epoch.epoch == run.training.bestEpoch ? epoch.validationAccuracy.map { $0 * 100 } : nil
      }?.adding([
        "mode": "markers",
        "marker": [
          "color": .string("@" + run.series.className), "size": 10, "symbol": .string(run.series.shape.rawValue),
          "line": ["color": "@ground", "width": 1],
        ],
      ]),
    ].compactMap { $0 }
  }

  private func trace(
    _ run: Run, _ name: String, hover: String, panel: String, _ value: (ReportedEpoch) -> Double?
  ) -> PlotValue? {
    let known = run.training.history.compactMap { epoch in value(epoch).map { (Double(epoch.epoch), $0) } }
    guard !known.isEmpty else { return nil }
    return [
      "type": "scatter", "mode": "lines", "name": .text(name), "x": .numbers(known.map(\.0)),
      "y": .numbers(known.map(\.1)), "xaxis": .string("x" + panel), "yaxis": .string("y" + panel),
      "line": ["color": .string("@" + run.series.className), "width": 2], "showlegend": false,
      "legendgroup": .text(name), "hovertemplate": .string("\(hover) %{y:.4~r}<extra></extra>"),
    ]
  }
}
