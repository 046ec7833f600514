// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Bench
internal import Foundation
internal import Galley
internal import Reports
internal import Scenarios
internal import Targets

/// Measures model files in every runtime and precision.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench",
    abstract: "Measure model files in every runtime and precision that can run them.",
    discussion: """
      Examples:
        galley bench model.onnx
        galley bench model.onnx --precisions original,int8 --runtimes onnxruntime,openvino --threads 1,2
        galley bench model.onnx --data digits.csv --labels labels.txt --preprocessing 0-1
        galley bench model.onnx --data photos --preprocessing imagenet
        galley bench a.onnx b.tflite --dimension x:0=1 --folder out
        galley bench model.onnx --target board       on a declared device; see galley target
        galley bench model.onnx --data photos --decode-on-target --target board

      Without --data, inputs are drawn from the model's shapes: speed and the difference from the original are
      measured, quality is not judged. Documentation/bench.md says how the figures are made.
      """)

  @Argument(help: "Model files: ONNX, OpenVINO IR (.xml) or TensorFlow Lite.", completion: .file())
  var models: [String]

  @Option(help: "Comma-separated runtimes (default: all that are known).")
  var runtimes: String?

  @Option(help: "Comma-separated precisions: original, fp16, int8 (fp32 means original).")
  var precisions = "original,fp16,int8"

  @Option(help: "Comma-separated numbers of threads.")
  var threads = "1"

  @Option(help: "Comma-separated numbers of samples in one inference.")
  var batch = "1"

  @Option(name: .customLong("dimension"), help: "Extent of an open dimension: NAME=N or INPUT:POSITION=N; repeatable.")
  var dimensions: [String] = []

  @OptionGroup var meaning: ModelMeaningOptions

  @Option(help: "Fresh processes for each combination; fewer than 3 give no interval to rely on.")
  var processes = 3

  @Option(help: "Turns of each process.")
  var blocks = 10

  @Option(help: "Least time of a turn, in milliseconds.")
  var blockMilliseconds = 20

  @Option(help: "Time of each turn at throughput, in seconds; 0 for none.")
  var throughputSeconds = 0.2

  @Option(help: "Samples that outputs are compared on.")
  var samples = 8

  @Option(help: "Seed of drawn inputs and of the order of turns.")
  var seed: UInt64 = 0

  @Option(
    name: [.customShort("o"), .long], help: "Folder for converted models, measurements and the report.",
    completion: .directory)
  var folder = "output/bench"

  @OptionGroup var target: TargetOption

  @Flag(help: "Send judged images as the files they are: the target decodes them (libvips), and that is timed too.")
  var decodeOnTarget = false

  @OptionGroup var golden: GoldenTargetOptions
  @OptionGroup var place: PantryOptions
  @OptionGroup var options: OutputOptions

  mutating func validate() throws {
    guard processes >= 1, blocks >= 1, blockMilliseconds >= 1, samples >= 1, throughputSeconds >= 0 else {
      throw ValidationError("--processes, --blocks, --block-milliseconds and --samples must be 1 or more.")
    }
    guard !decodeOnTarget || meaning.data != nil else {
      throw ValidationError("--decode-on-target needs --data with images.")
    }
  }

  func run() async throws {
    let console = Console(options)
    let display = BenchDisplay(console)
    try makeFolder(folder)
    let measuring = try await target.chosen(place) ?? LocalTarget()
    if decodeOnTarget { try measuring.requireImages() }
    let request = try await request()
    let bench = Bench(
      target: LocalTarget(), measuring: measuring, optimizers: Catalogue.benchOptimizers, folder: folder,
      command: command, tell: display.show)
    let result = try await finishing(bench, request)
    display.end()
    let volume = try golden.insert(try result.goldenRows(), place)
    let page = try ReportWriter(plotly: ReportWriter.plotlyPath())
      .write(result.report(), to: "\(folder)/report").first
    try console.result(json: result)
    console.result(result.table)
    if let page { console.result("\nReport: \(page)") }
    if let volume { console.note("The rows are in \(volume): galley golden list") }
    if result.exitCode != .success { throw SilentExit(code: result.exitCode) }
  }

  /// A bench that is stopped keeps no figures, and says so.
  private func finishing(_ bench: Bench, _ request: BenchRequest) async throws -> BenchResult {
    do {
      return try await bench.run(request)
    } catch is CancellationError {
      throw GalleyError(
        .interrupted, "stopped", why: "interrupted", remedy: "Run the same command again: a bench begins anew.")
    }
  }

  private var command: String {
    (["galley"] + CommandLine.arguments.dropFirst()).map { $0.contains(" ") ? "'\($0)'" : $0 }.joined(separator: " ")
  }

  private func request() async throws -> BenchRequest {
    var meaning = meaning.choices
    meaning.decodesOnTarget = decodeOnTarget
    if let data = meaning.data { meaning.data = try await place.local(data, Console(options)) }
    let preparation = BenchPreparation(meaning: meaning, folder: folder, seed: seed)
    var request = BenchRequest(
      models: try preparation.models(models), runtimes: try chosenRuntimes(), precisions: try chosenPrecisions(),
      threads: try numbers(threads, "threads"), batches: try numbers(batch, "batch"))
    request.dimensions = try DimensionArgument.extents(dimensions)
    request.comparedSamples = samples
    request.processes = processes
    request.blocks = blocks
    request.blockSeconds = Double(blockMilliseconds) / 1000
    request.throughputSeconds = throughputSeconds
    request.seed = seed
    return request
  }

  private func chosenRuntimes() throws -> [RuntimeOffer] {
    guard let runtimes else { return Catalogue.runtimeOffers }
    return try words(runtimes).map { word in
      guard let offer = Catalogue.runtimeOffers.first(where: { $0.name == word || $0.card.taxonomy == word }) else {
        throw unknown("runtime", word, Catalogue.runtimeOffers.map(\.name))
      }
      return offer
    }
  }

  private func chosenPrecisions() throws -> [Precision] {
    try words(precisions).map { word in
      guard let precision = Precision(rawValue: word == "fp32" ? "original" : word) else {
        throw unknown("precision", word, Precision.allCases.map(\.rawValue))
      }
      return precision
    }
  }

  private func numbers(_ text: String, _ option: String) throws -> [Int] {
    try words(text).map { word in
      guard let number = Int(word), (1...1024).contains(number) else {
        throw ValidationError("--\(option) \(text): '\(word)' is not a number from 1 to 1024.")
      }
      return number
    }
  }

  private func words(_ text: String) -> [String] {
    var seen: Set<String> = []
    return text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty && seen.insert($0).inserted }
  }

  private func unknown(_ what: String, _ word: String, _ known: [String]) -> GalleyError {
    GalleyError(
      .usage, "can't bench", at: "--\(what)s", why: "there is no \(what) '\(word)'",
      remedy: NearestName.match(word, in: known).map { "Did you mean '\($0)'?" }
        ?? "There is \(known.joined(separator: ", ")).")
  }
}

/// Makes the folder of a command's results.
func makeFolder(_ path: String) throws(GalleyError) {
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw GalleyError(
      .cantCreate, "can't make the folder", at: path, why: error.localizedDescription,
      remedy: "Name another with --folder.")
  }
}
