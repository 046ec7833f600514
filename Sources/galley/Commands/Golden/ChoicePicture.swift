// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Foundation
internal import Galley
internal import Golden
internal import Reports
internal import Statistics

/// The picture of a choice: all rows, the best by rank, the exact front.
struct ChoicePicture {
  /// What a picture's file is.
  enum Format: String {
    case svg, html

    init?(_ path: String) {
      self.init(rawValue: path.lowercased().split(separator: ".").last.map(String.init) ?? "")
    }
  }

  let plot: ChoicePlot

  init(_ choice: GoldenChoice) {
    let answer = choice.answer
    let (accuracy, custom) = (answer.columns.first, answer.columns.dropFirst().first)
    let places = Dictionary(answer.valid.enumerated().map { ($1, $0) }) { first, _ in first }
    let ranks = Dictionary(answer.rows.enumerated().map { ($1, $0 + 1) }) { first, _ in first }
    func points(_ rows: [Int]) -> [ChoicePlot.Point] {
      rows.compactMap { row in
        guard let place = places[row], let accuracy, let custom else { return nil }
        return ChoicePlot.Point(
          x: custom.all[place], y: accuracy.all[place], name: Self.name(choice, row), rank: ranks[row])
      }
    }
    let isFuzzy = choice.request.query.method == .fuzzy
    plot = ChoicePlot(
      title: Self.title(choice), horizontal: .init(Self.horizontal(choice, custom), largerIsBetter: true),
      vertical: .init("\(accuracy?.name ?? choice.request.accuracy) (fraction)", largerIsBetter: true),
      all: points(answer.valid), best: isFuzzy ? points(answer.rows) : [],
      front: isFuzzy ? points(answer.front) : points(answer.rows), notes: Self.notes(choice))
  }

  /// Writes the picture.
  func write(to path: String) throws {
    let text = try Format(path) == .html ? plot.html(plotly: ReportWriter.plotlyPath()) : plot.svg
    do throws(FileError) {
      try AtomicFile.write(Data(text.utf8), to: path)
    } catch {
      throw GalleyError(writing: error, "can't write the picture")
    }
  }

  private static func name(_ choice: GoldenChoice, _ row: Int) -> String {
    let candidate = choice.candidates[row]
    let values = choice.metricColumns.enumerated().map { GoldenTables.text(.real(candidate.values[$0]), $1) }
    return "\(candidate.name) (\(candidate.id.prefix(12))): \(values.joined(separator: ", "))"
  }

  private static func title(_ choice: GoldenChoice) -> String {
    let place = choice.common.first { $0.name == "hardware" }?.value ?? "all rows"
    let metrics = choice.request.metrics.joined(separator: ", ")
    return "Pareto front for \(place) – \(choice.request.accuracy) against \(metrics), ordered by "
      + choice.request.query.order.rawValue
  }

  private static func horizontal(_ choice: GoldenChoice, _ column: ParetoAnswer.Column?) -> String {
    guard let column else { return "" }
    guard let row = column.baseline, let value = column.baselineValue else { return column.name }
    let unit = choice.metricColumns.dropFirst().first
    return "\(column.metric): \(column.name) than \(choice.candidates[row].name) "
      + "(1 is \(GoldenTables.text(.real(value), unit)))"
  }

  private static func notes(_ choice: GoldenChoice) -> [String] {
    choice.common.map { "\($0.name): \($0.value)" } + choice.notes
      + (choice.excluded.isEmpty
        ? [] : ["Left out because their values can't be compared: \(choice.excluded.count)."])
      + choice.excluded.prefix(10).map { "\($0.name) (\($0.id.prefix(12))): \($0.reason)" }
  }
}
