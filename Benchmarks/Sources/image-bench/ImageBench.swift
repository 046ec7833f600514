// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Images

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
      fit: ImageFit(size: PixelSize(width: 224, height: 224)))
    let options = DecodingOptions(format: .rgb, reducedSide: arguments.contains("reduced") ? 224 : nil)
    let transform = try PixelTransform(preprocessing, channels: 3)
    for pass in 0..<passes {
      let start = ContinuousClock.now
      var checksum: Double = 0
      let loader = ItemLoader(count: paths.count, limits: LoaderLimits(threads: 2, items: 8)) { index in
        var values = [Float](repeating: 0, count: transform.outputCount)
        try transform.apply(imageAt: paths[index], options: options, into: &values)
        return LoadedItem(values, byteCount: values.count * 4)
      }
      for try await item in loader {
        let values = try item.result.get()
        checksum += Double(values[values.count / 2])
      }
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      print(pass, seconds, checksum)
      fflush(nil)
    }
  }

  struct Failure: Error, CustomStringConvertible { let description: String }
}
