// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ArgumentParser
internal import Bench
internal import Galley
internal import Reports
internal import Scenarios
internal import Targets

/// Finds the layer from which on two model files compute different things.
struct CompareCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Run two model files on the same inputs and show where they part.",
    discussion: """
      Examples:
        galley compare model.onnx model.int8.onnx
        galley compare model.onnx model.tflite --runtime onnxruntime --other-runtime litert

      Of two ONNX files all tensors that correspond to each other are compared, in the order in which the first file
      computes them; of other files the outputs. Exit code 1 if they part by more than --tolerance.
      """)

  @Argument(help: "The model that is right.", completion: .file())
  var first: String

  @Argument(help: "The model that is held against it.", completion: .file())
  var second: String

  @Option(help: "Largest difference, as a share of the tensor's range, at which tensors count as equal.")
  var tolerance = 1e-3

  @Option(help: "Runtime of the first model (default: the first that executes the format).")
  var runtime: String?

  @Option(name: .customLong("other-runtime"), help: "Runtime of the second model (default: that of the first).")
  var otherRuntime: String?

  @Option(name: .customLong("dimension"), help: "Extent of an open dimension; repeatable.")
  var dimensions: [String] = []

  @Option(help: "Samples that are compared.")
  var samples = 4

  @Option(help: "Seed of drawn inputs.")
  var seed: UInt64 = 0

  @OptionGroup var options: OutputOptions

  mutating func validate() throws {
    guard tolerance >= 0, samples >= 1 else { throw ValidationError("--tolerance and --samples can't be negative.") }
  }

  func run() async throws {
    let console = Console(options)
    let comparison = ModelComparison(
      target: LocalTarget(), runtimes: Catalogue.runtimeOffers, dimensions: try DimensionArgument.extents(dimensions),
      samples: samples, seed: seed, tolerance: tolerance)
    let result = try await comparison.run(first, second, runtime: runtime, otherRuntime: otherRuntime)
    try console.result(json: result)
    console.result(result.table)
    if result.firstDifference != nil { throw SilentExit(code: .verdictNo) }
  }
}
