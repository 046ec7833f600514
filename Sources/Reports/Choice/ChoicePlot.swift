// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley

/// A choice between rows in two metrics, in three layers: all rows, the best by rank, the exact front.
///
/// Axes begin at zero, so that distances are what they look like.
public struct ChoicePlot: Sendable, Hashable {
  /// What an axis shows.
  public struct Metric: Sendable, Hashable {
    /// Name and unit: `latency (ms)`, `times faster than …`.
    public var title: String
    /// Whether larger values are better.
    public var largerIsBetter: Bool

    /// Describes an axis.
    public init(_ title: String, largerIsBetter: Bool) {
      self.title = title
      self.largerIsBetter = largerIsBetter
    }
  }

  /// A row.
  public struct Point: Sendable, Hashable {
    /// Value on the horizontal axis.
    public var x: Double
    /// Value on the vertical axis.
    public var y: Double
    /// The row's name, with what a reader may want to know.
    public var name: String
    /// Its rank, from 1; `nil` for none.
    public var rank: Int?

    /// Places a row.
    public init(x: Double, y: Double, name: String = "", rank: Int? = nil) {
      self.x = x
      self.y = y
      self.name = name
      self.rank = rank
    }
  }

  /// What is chosen from, and how.
  public var title: String
  /// The horizontal axis.
  public var horizontal: Metric
  /// The vertical axis.
  public var vertical: Metric
  /// All rows.
  public var all: [Point]
  /// The best by rank; empty if they weren't asked for.
  public var best: [Point]
  /// The rows that no other beats.
  public var front: [Point]
  /// What the reader should know, one sentence each: the baseline, what was left out.
  public var notes: [String]

  /// Describes a choice.
  public init(
    title: String, horizontal: Metric, vertical: Metric, all: [Point], best: [Point], front: [Point], notes: [String]
  ) {
    self.title = title
    self.horizontal = horizontal
    self.vertical = vertical
    self.all = all
    self.best = best
    self.front = front
    self.notes = notes
  }

  /// The picture alone, with its colours.
  public var svg: String { figure.drawing.standalone(title: title).source }

  /// The same without points that have no place.
  var placeable: ChoicePlot {
    func finite(_ points: [Point]) -> [Point] { points.filter { $0.x.isFinite && $0.y.isFinite } }
    var plot = self
    (plot.all, plot.best, plot.front) = (finite(all), finite(best), finite(front))
    return plot
  }

  /// A page with the picture, live if Plotly is there, and the chosen rows as a table.
  /// - Parameter plotly: Path of `plotly.min.js`.
  /// - Throws: `GalleyError` if Plotly's script can't be read.
  public func html(plotly: String?) throws(GalleyError) -> String {
    let script = try plotly.map { (path) throws(GalleyError) in try ReportWriter.script(at: path) }
    do {
      return try ChoicePage(plot: placeable, plotly: script).source()
    } catch {
      throw GalleyError(.software, "can't write the page", why: "\(error)")
    }
  }

  /// The picture in characters.
  /// - Parameters:
  ///   - width: Columns, at least 30.
  ///   - height: Lines, at least 8.
  public func terminal(width: Int = 80, height: Int = 24) -> String {
    ChoiceTerminal(plot: placeable, width: max(width, 30), height: max(height, 8)).text
  }

  var figure: ReportFigure { ChoiceFigure(placeable).figure }

  /// The corners of what the front beats, in the order of the horizontal axis.
  func staircase(from start: Double, to end: Double) -> [(x: Double, y: Double)] {
    guard vertical.largerIsBetter, !front.isEmpty else { return [] }
    // Seen from the better side, each row beats what is worse in both.
    let sorted = front.sorted { horizontal.largerIsBetter ? $0.x > $1.x : $0.x < $1.x }
    var corners: [(x: Double, y: Double)] = []
    for point in sorted {
      corners.append((point.x, corners.last?.y ?? 0))
      corners.append((point.x, point.y))
    }
    if let last = corners.last { corners.append((horizontal.largerIsBetter ? start : end, last.y)) }
    return corners
  }
}
