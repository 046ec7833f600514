// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Datasets
import Foundation
import Galley
import Images

/// How long the doctor takes for a folder of images, beside decoding alone: the same files, threads and reduced size, one
/// after the other.
///
///     data-bench FOLDER [COUNT]
///
/// If FOLDER holds nothing, COUNT (10,000) JPEGs of 640 × 480 pixels are made there first, by seed, in ten classes.
@main
struct DataBench {
  static func main() {
    do {
      try run()
    } catch {
      FileHandle.standardError.write(Data("data-bench: \(error)\n".utf8))
      exit(70)
    }
  }

  private static func run() throws {
    let arguments = CommandLine.arguments
    guard arguments.count >= 2 else { throw Failure(description: "usage: data-bench FOLDER [COUNT]") }
    let folder = arguments[1]
    try makePhotographs(folder, count: arguments.count > 2 ? Int(arguments[2]) ?? 10_000 : 10_000)
    let threads = ProcessInfo.processInfo.activeProcessorCount
    let read = try DatasetReader.read(folder)
    for turn in 0..<3 {
      let decoding = try measured { try decode(read.dataset, threads) }
      let checking = try measured { () throws in
        let thumbnails = ItemThumbnails()
        let doctor = DatasetDoctor(thumbnail: { try thumbnails.picture(of: $0, encoded: $1) })
        let report = doctor.examine(try DatasetReader.read(folder))
        guard report.summary.items == read.dataset.items.count else { throw Failure(description: "items are missing") }
      }
      print(
        "turn \(turn): \(read.dataset.items.count) images, \(threads) threads: decoding \(decoding.text), "
          + "check \(checking.text), ratio \(ratio(checking.wall, decoding.wall)) of time, "
          + "\(ratio(checking.processor, decoding.processor)) of processor")
    }
  }

  /// Reads and decodes as the doctor does, and looks at nothing.
  private static func decode(_ dataset: AnnotatedDataset, _ threads: Int) throws {
    let items = dataset.items
    let thumbnails = ItemThumbnails()
    let loader = ItemLoader(count: items.count, limits: LoaderLimits(threads: threads, items: 256)) { index in
      LoadedItem(try thumbnails.picture(of: items[index])?.values.first ?? 0, byteCount: 1)
    }
    while let outcome = loader.nextBlocking() { _ = try outcome.result.get() }
  }

  private static func measured(_ body: () throws -> Void) rethrows -> Cost {
    let (start, used) = (ContinuousClock.now, clock())
    try body()
    return Cost(
      wall: (ContinuousClock.now - start) / .seconds(1), processor: Double(clock() - used) / Double(CLOCKS_PER_SEC))
  }

  private static func ratio(_ first: Double, _ second: Double) -> String { String(format: "%.2f", first / second) }

  private static func makePhotographs(_ folder: String, count: Int) throws {
    guard (try? FileManager.default.contentsOfDirectory(atPath: folder))?.isEmpty != false else { return }
    for label in 0..<10 {
      try FileManager.default.createDirectory(atPath: "\(folder)/class \(label)", withIntermediateDirectories: true)
    }
    let limits = LoaderLimits(threads: ProcessInfo.processInfo.activeProcessorCount, items: 32)
    let loader = ItemLoader(count: count, limits: limits) { index in
      let bytes = try photograph(index).encoded(as: .jpeg(quality: 88))
      try Data(bytes).write(to: URL(filePath: "\(folder)/class \(index % 10)/\(index).jpg"))
      return LoadedItem(index, byteCount: 8)
    }
    while let outcome = loader.nextBlocking() { _ = try outcome.result.get() }
  }

  /// Waves of several lengths and a sensor's noise.
  private static func photograph(_ number: Int) throws -> Image {
    var random = ItemRandom(seed: 1, item: UInt64(number), epoch: 0)
    let waves = (0..<12).map { _ in
      (
        random.number(in: -0.06...0.06), random.number(in: -0.06...0.06), random.unit() * 6.28,
        random.number(in: 8...30)
      )
    }
    var bytes = [UInt8](repeating: 0, count: 640 * 480 * 3)
    for y in 0..<480 {
      for x in 0..<640 {
        let noise = Double(random.next() & 15)
        for channel in 0..<3 {
          var value = 120 + noise
          for wave in waves[channel * 4..<channel * 4 + 4] {
            value += wave.3 * sin(Double(x) * wave.0 + Double(y) * wave.1 + wave.2)
          }
          bytes[(y * 640 + x) * 3 + channel] = UInt8(max(0, min(255, value)))
        }
      }
    }
    return try Image(width: 640, height: 480, format: .rgb, bytes: bytes)
  }

  private struct Cost {
    var wall: Double
    var processor: Double
    var text: String { String(format: "%.2f s (processor %.2f s)", wall, processor) }
  }

  struct Failure: Error, CustomStringConvertible { let description: String }
}
