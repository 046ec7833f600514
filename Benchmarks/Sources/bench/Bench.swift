// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Comparisons
import Foundation
import Galley
import Runtimes

/// Runs every comparison; `Benchmarks/run` gives the arguments.
///
///     bench MODELS DIGITS-CSV PEER GALLEY [RESULTS-JSON]
@main
struct Bench {
  static func main() async {
    do {
      exit(try await run() ? 0 : 1)
    } catch {
      FileHandle.standardError.write(Data("bench: \(error)\n".utf8))
      exit(70)
    }
  }

  private static func run() async throws -> Bool {
    let arguments = CommandLine.arguments
    if try PantryComparison.answer(arguments) { return true }
    guard arguments.count >= 5 else { throw Failure("usage: bench MODELS DIGITS-CSV PEER GALLEY [RESULTS-JSON]") }
    guard case .available(let version, let library) = ONNXRuntime.availability() else {
      throw Failure("ONNX Runtime is not installed; run make setup")
    }
    let folder = FileManager.default.temporaryDirectory.appending(path: "galley-bench-\(getpid())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let mlp = arguments[1] + "/digits-mlp.onnx"
    let convolutions = arguments[1] + "/convolutions.onnx"
    let digits = try DigitFiles(csv: arguments[2], folder: folder.path)
    let processes = ProcessComparison(
      galley: arguments[4], peer: arguments[3], model: mlp, library: library, digits: digits)
    var findings = [
      LoopCost.run(), try SamplingShare.run(),
      try LoopComparison.onnxRuntime(
        "digits MLP", mlp, shape: [1, 1, 8, 8], repetitions: 5000, blocks: 200, bound: 1.05
      ).run(),
      try LoopComparison.onnxRuntime(
        "convolutions", convolutions, shape: [1, 3, 52, 52], repetitions: 100, blocks: 100, bound: 1.01
      ).run(),
      try LoopComparison.openVINO(
        "digits MLP", mlp, shape: [1, 1, 8, 8], repetitions: 5000, blocks: 100, bound: 1.05
      ).run(),
      try LoopComparison.openVINO(
        "convolutions", convolutions, shape: [1, 3, 52, 52], repetitions: 100, blocks: 100, bound: 1.02
      ).run(),
      try LoopComparison.liteRT(
        "a chain of operators", arguments[1] + "/chain.tflite", shape: [64, 64], repetitions: 5000, blocks: 100,
        bound: 1.05
      ).run(),
      try await PassComparison(model: mlp, library: library, digits: digits).run(),
    ]
    // The pantry is measured on the disk that the benchmarks lie on: temporary folders may be memory.
    let disk = FileManager.default.currentDirectoryPath + "/.build/pantry-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: disk) }
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    let pantry = PantryComparison(folder: disk)
    findings += [try RecipeCost.run(), try pantry.adding(), try pantry.listing(program: arguments[0])]
    findings += [try processes.firstInference(), try processes.memory(), try processes.help()]
    print("ONNX Runtime \(version), one thread; each figure is a median, taken in turns with its peer\n")
    print(Report.table(findings))
    if arguments.count > 5 { try Report.json(findings).write(to: URL(filePath: arguments[5])) }
    return findings.allSatisfy(\.holds)
  }
}
