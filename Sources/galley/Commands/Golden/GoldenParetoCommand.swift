// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Files
internal import Foundation
internal import Galley
internal import Golden
internal import Reports
internal import Statistics

/// What a choice is about.
struct ChoiceOptions: ParsableArguments {
  @Option(name: .shortAndLong, help: "What the accuracy is traded against; several with commas.")
  var metric = "od_inf_rate_ms"

  @Option(help: "The accuracy: accuracy, framework_accuracy or relative_accuracy (also by LEIP's names).")
  var accuracy = "accuracy"

  @Option(help: "Bounds that every chosen row keeps, like 'latency <= 10ms, accuracy >= 0.92, size <= 20MB'.")
  var bounds: String?

  @Option(help: "Differences that don't matter, like latency=0.03,accuracy=0.005 (relative for times and sizes).")
  var tolerance: String?

  @Flag(help: "Divide accuracies by the best on the same data and average over data sets.")
  var relative = false

  @Flag(help: "Let rows of one family weigh together as much as one row.")
  var families = false

  @Option(help: "First digits of the id of the row beside which 'x times faster' is said (default: the worst row).")
  var baseline: String?

  @OptionGroup var filter: GoldenFilterOptions
  @OptionGroup var volumes: GoldenVolumeOptions

  func request(_ query: ParetoQuery = ParetoQuery()) throws -> ChoiceRequest {
    ChoiceRequest(
      condition: try filter.read(), accuracy: accuracy, metrics: words(metric), query: query, baselineID: baseline,
      tolerances: try tolerances(), isRelative: relative, weighsFamilies: families,
      bounds: try bounds.map { try ChoiceBound.read($0) } ?? [])
  }

  private func words(_ text: String) -> [String] {
    text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
  }

  private func tolerances() throws -> [String: Double] {
    var found: [String: Double] = [:]
    for word in words(tolerance ?? "") {
      let parts = word.split(separator: "=").map(String.init)
      guard parts.count == 2, let value = Double(parts[1]), value >= 0,
        words(metric + "," + accuracy).contains(parts[0])
      else { throw ValidationError("--tolerance: '\(word)' is not METRIC=NUMBER with a metric of this choice.") }
      found[parts[0]] = value
    }
    return found
  }
}

/// Which rows are the best.
struct GoldenParetoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pareto", abstract: "The rows that trade accuracy against other metrics best.",
    discussion: """
      Examples:
        galley golden pareto
        galley golden pareto --method fuzzy --top 50 --sort paretoness --plot front.html
        galley golden pareto --metric latency,size --bounds 'latency <= 10ms, accuracy >= 0.92'
        galley golden pareto -V xval_det.sqlite --where "hardware == 'cuda:A4500'" --accuracy relative_task_metric

      Rows must be of one task, one target and one data set. Those with missing, infinite or non-positive values are
      left out and listed. Exit code 1 if no row keeps the bounds.
      """)

  @Option(help: "exact: the rows that no other beats; fuzzy: ranked by the probability of that, given the noise.")
  var method = ChoiceMethod.exact

  @Option(
    help: "metric_custom_best_to_worst, metric_accuracy_best_to_worst, angular_custom_to_accuracy or paretoness.")
  var sort = ChoiceOrder(.customBestToWorst)

  @Option(name: [.customLong("top"), .customLong("top-N-fuzzy")], help: "At most so many rows.")
  var top: Int?

  @Option(help: "Draw the choice into this file: .svg or .html.", completion: .file(extensions: ["svg", "html"]))
  var plot: String?

  @Flag(help: "Draw no picture in the terminal.")
  var noChart = false

  @OptionGroup var choice: ChoiceOptions
  @OptionGroup var options: OutputOptions

  mutating func validate() throws {
    if let top, top < 1 { throw ValidationError("--top must be 1 or more.") }
    if let plot, ChoicePicture.Format(plot) == nil { throw ValidationError("--plot: let it end with .svg or .html.") }
  }

  func run() async throws {
    let console = Console(options)
    let volumes = try choice.volumes.open()
    let found = try volumes.choose(try choice.request(ParetoQuery(method: method.method, order: sort.order, top: top)))
    let picture = ChoicePicture(found)
    if let plot { try picture.write(to: plot) }
    try console.result(json: ChoiceDocument(found))
    console.result(ChoiceText(found).text)
    if !noChart, !found.answer.rows.isEmpty { console.result("\n" + picture.plot.terminal()) }
    if let plot { console.result("\nPicture: \(plot)") }
    if found.feasible == 0 { throw SilentExit(code: .verdictNo) }
  }
}

/// Which rows to take together.
struct GoldenMenuCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "menu", abstract: "The best set of N rows to take along, and what is lost by taking no more.")

  @Argument(help: "How many rows.")
  var count: Int

  @OptionGroup var choice: ChoiceOptions
  @OptionGroup var options: OutputOptions

  private struct Document: Encodable {
    var rows: [String]
    var front: [String]
    var hypervolume: Double
    var frontHypervolume: Double
    var lostShare: Double
    var regret: Double
    var regrettedRow: String?
    var isOptimal: Bool
  }

  func run() async throws {
    let console = Console(options)
    let found = try choice.volumes.open().choose(try choice.request())
    let menu = try found.menu(count)
    func ids(_ rows: [Int]) -> [String] { rows.map { found.candidates[$0].id } }
    try console.result(
      json: Document(
        rows: ids(menu.rows), front: ids(menu.front), hypervolume: menu.hypervolume,
        frontHypervolume: menu.frontHypervolume, lostShare: menu.lostShare, regret: menu.regret,
        regrettedRow: menu.regrettedRow.map { found.candidates[$0].id }, isOptimal: menu.isOptimal))
    console.result(ChoiceText(found).table(menu.rows))
    console.result(
      "\n\(menu.rows.count) of \(menu.front.count) rows of the front; "
        + "\(NumberText.percent(menu.lostShare)) of what the front covers is lost.")
    if let row = menu.regrettedRow {
      console.result(
        "Who wanted \(found.candidates[row].name) (\(found.candidates[row].id.prefix(12))) loses most: "
          + "\(NumberText.significant(menu.regret)) (0.05 is 5 % of a time or size, or 0.05 of an accuracy).")
    }
    if found.feasible == 0 { throw SilentExit(code: .verdictNo) }
  }
}

/// How rows are chosen, as the command line says it.
enum ChoiceMethod: String, ExpressibleByArgument, CaseIterable {
  case exact, fuzzy

  var method: ParetoQuery.Method { self == .exact ? .exact : .fuzzy }
}

/// How rows are sorted, by LEIP's names.
struct ChoiceOrder: ExpressibleByArgument {
  static let allValueStrings = ParetoQuery.Order.allCases.map(\.rawValue)
  let order: ParetoQuery.Order

  init(_ order: ParetoQuery.Order) { self.order = order }

  init?(argument: String) {
    guard let order = ParetoQuery.Order(rawValue: argument) else { return nil }
    self.order = order
  }

  var defaultValueDescription: String { order.rawValue }
}
