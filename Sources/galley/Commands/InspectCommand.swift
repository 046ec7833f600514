// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Bench
internal import Foundation
internal import Galley
internal import ModelFiles
internal import Reports
internal import Scenarios
internal import Targets

/// Shows what a model file is, without running it unless a profile is asked for.
struct InspectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show a model file: inputs, outputs, operators, parameters, work, metadata, what it expects.",
    discussion: """
      Examples:
        galley inspect model.onnx
        galley inspect model.tflite --profile --runtime litert
        galley inspect model.onnx --json
      """)

  @Argument(help: "A model file: ONNX, OpenVINO IR (.xml) or TensorFlow Lite.", completion: .file())
  var model: String

  @Flag(help: "Also run it on drawn inputs and show how long its runtime says that each operator takes.")
  var profile = false

  @Option(help: "Runtime for the profile (default: the first that executes the format).")
  var runtime: String?

  @Option(name: .customLong("dimension"), help: "Extent of an open dimension for the profile; repeatable.")
  var dimensions: [String] = []

  @OptionGroup var meaning: ExpectationArguments
  @OptionGroup var options: OutputOptions

  /// The result for programs.
  private struct Document: Encodable {
    var description: ModelDescription
    var expectation: ModelExpectation
    var profile: [OperatorTiming]?
  }

  func run() async throws {
    let console = Console(options)
    let description = try ModelDescription(of: model)
    let expectation = try ModelExpectation(ofModelAt: model, description, options: meaning.options)
    let timings = profile ? try await timings(description) : nil
    try console.result(json: Document(description: description, expectation: expectation, profile: timings))
    for section in description.sections() { console.result(Self.text(section.title, section.rows)) }
    console.result(Self.text("Expects", expectation.rows + expectation.conflicts.map { ["!", $0] }))
    if let timings { console.result(Self.text("Profile", Self.rows(timings))) }
  }

  private static func text(_ title: String, _ rows: [[String]]) -> String {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in
      rows.map { column < $0.count ? TextTable.width(of: $0[column]) : 0 }.max() ?? 0
    }
    let lines = rows.map { row in
      let cells = row.enumerated().map { column, text in
        column == row.count - 1
          ? text : text + String(repeating: " ", count: max(0, widths[column] - TextTable.width(of: text)))
      }
      return "  " + cells.joined(separator: "  ")
    }
    return ([title] + lines).joined(separator: "\n") + "\n"
  }

  private static func rows(_ timings: [OperatorTiming]) -> [[String]] {
    let total = timings.reduce(0) { $0 + $1.seconds }
    return timings.sorted { $0.seconds > $1.seconds }.map { timing in
      [
        NumberText.time(timing.seconds), NumberText.percent(total > 0 ? timing.seconds / total : 0),
        timing.operatorType, timing.name, timing.executor,
      ]
    }
  }

  private func timings(_ description: ModelDescription) async throws -> [OperatorTiming] {
    let offers = Catalogue.runtimeOffers.filter { $0.formats.contains(description.format) }
    guard let offer = offers.first(where: { runtime == nil || $0.name == runtime }) else {
      throw GalleyError(
        .usage, "can't profile the model", at: model,
        why: runtime.map { "no runtime '\($0)' executes \(description.format.rawValue) files" }
          ?? "no runtime executes \(description.format.rawValue) files",
        remedy: "There is \(offers.map(\.name).joined(separator: ", ")).")
    }
    return try await ModelProfile(target: LocalTarget(), runtime: offer)
      .timings(of: model, description, dimensions: try DimensionArgument.extents(dimensions))
  }
}

/// What a user says of a model file's meaning, without data.
struct ExpectationArguments: ParsableArguments {
  @Option(help: "How items become inputs: a JSON file, imagenet, 0-1 or none.")
  var preprocessing: String?

  @Option(help: "File with the classes' names in the order of the scores.", completion: .file())
  var labels: String?

  @Option(name: .customLong("output"), help: "What the model's scores are: logits or probabilities.")
  var scores: String?

  @Option(help: "A card that says it all (default: MODEL.card.json beside the model).", completion: .file())
  var card: String?

  var options: ExpectationOptions {
    ExpectationOptions(preprocessing: preprocessing, labels: labels, output: scores, card: card)
  }
}

/// Extents of open dimensions on the command line: `NAME=N` or `INPUT:POSITION=N`.
enum DimensionArgument {
  static func extents(_ texts: [String]) throws -> [String: Int] {
    var chosen: [String: Int] = [:]
    for text in texts {
      guard let equals = text.lastIndex(of: "="), let extent = Int(text[text.index(after: equals)...]), extent >= 1,
        equals != text.startIndex
      else {
        throw ValidationError("--dimension \(text) is not NAME=N with N of 1 or more.")
      }
      chosen[String(text[..<equals])] = extent
    }
    return chosen
  }
}
