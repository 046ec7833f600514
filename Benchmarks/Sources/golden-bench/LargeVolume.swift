// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import Golden
import Statistics

/// A volume with drawn rows, as an import of a large zoo would leave it.
enum LargeVolume {
  /// Draws rows and writes them.
  static func make(at path: String, count: Int) throws {
    FileHandle.standardError.write(Data("drawing \(count) rows …\n".utf8))
    let volume = try GoldenVolume.open(path)
    var generator = SeededGenerator(seed: 7)
    let table = path + ".csv"
    defer { try? FileManager.default.removeItem(atPath: table) }
    let portion = 50_000
    for start in stride(from: 0, to: count, by: portion) {
      let lines = (start..<min(start + portion, count)).map { line($0, &generator) }
      try Data(([head] + lines).joined(separator: "\n").utf8).write(to: URL(filePath: table))
      let found = try GoldenImport(table, meaning: GoldenImport.Meaning(task: "detection", data: "drawn"))
      guard found.rejected.isEmpty else { throw Failure(description: "\(found.rejected.prefix(3))") }
      try volume.insert(found.rows)
    }
  }

  private static let head =
    "id,variant,target,hardware,precision,backbone,model_family,accuracy,latency_ms,latency_p99_ms,throughput_fps,"
    + "energy_mJ,size_MB,memory_MB,batch,threads,processes,inferences,gpu_driver,host,data_digest,model_digest"

  private static func line(_ index: Int, _ generator: inout SeededGenerator) -> String {
    func draw(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &generator) }
    let digest = Digest(of: "\(index)").hex
    let latency = draw(0.1...100)
    let energy = index.isMultiple(of: 3) ? "" : "\(draw(0.1...50))"
    return [
      "\(index)", "variant \(index)", "device-\(index % 40)", "chip-\(index % 10)",
      ["float32", "float16", "int8"][index % 3], "backbone-\(index % 60)", "family-\(index % 7)", "\(draw(0...1))",
      "\(latency)", "\(latency * 1.3)", "\(draw(1...100_000))", energy, "\(draw(1...200))", "\(draw(100...4000))", "1",
      "\(1 + index % 4)", "5", "1000", "driver \(index % 5)", "host-\(index % 100)",
      Digest(of: "data \(index % 4)").hex, digest,
    ].joined(separator: ",")
  }
}
