// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import Foundation
import Galley
import Images
import Tensors

/// Decodes, resizes to 224 × 224 and normalizes every JPEG of a folder on two threads, and prints the seconds that each
/// pass took.
///
///     image-bench FOLDER PASSES [reduced]
///
/// `images.py` in the folder `peer` runs it in turns with torchvision's DataLoader.
@main
struct ImageBench {
  static func main() async {
    do {
      try await run()
    } catch {
      FileHandle.standardError.write(Data("image-bench: \(error)\n".utf8))
      exit(70)
    }
  }

  private static func run() async throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 3, let passes = Int(arguments[2]) else {
      throw Failure(description: "usage: image-bench FOLDER PASSES [reduced]")
    }
    let paths = try FileManager.default.contentsOfDirectory(atPath: arguments[1]).filter { $0.hasSuffix(".jpg") }
      .sorted().map { "\(arguments[1])/\($0)" }
    let preprocessing = Preprocessing(
      scale: 1 / 255, mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225],
      fit: ImageFit(size: Images.PixelSize(width: 224, height: 224)), colors: .rgb)
    let items = paths.map { TrainingItem(id: $0, source: .file($0), classes: [0]) }
    let batches = try TrainingBatches(
      items, classCount: 1, preprocessing: preprocessing,
      options: TrainingBatches.Options(
        batchSize: 4, seed: 1, shuffles: false, allowsReducedDecoding: arguments.contains("reduced"),
        limits: LoaderLimits(threads: 2, items: 8)))
    for pass in 0..<passes {
      let start = ContinuousClock.now
      var checksum: Double = 0
      for await batch in batches.epoch(pass) {
        if let failure = batch.failures.first { throw failure.error }
        checksum += batch.inputs.bytes.withUnsafeBytes { bytes in
          Double(bytes.loadUnaligned(fromByteOffset: bytes.count / 8 * 4, as: Float.self))
        }
      }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      print(pass, seconds, checksum)
      fflush(nil)
    }
  }

  struct Failure: Error, CustomStringConvertible { let description: String }
}
