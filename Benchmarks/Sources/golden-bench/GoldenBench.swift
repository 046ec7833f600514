// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Golden

/// Filters on a volume of a million rows, warm, each beside Python's sqlite3 on the same file with the same condition.
///
///     golden-bench FOLDER [ROWS]
///
/// The volume is drawn once and kept in the folder. A condition on target and latency has to go through its index in
/// 100 ms, any other in 500 ms.
@main
struct GoldenBench {
  private static let columns = ["id", "variant", "hardware", "accuracy", "latency_s", "model_size_bytes"]

  /// Condition, what Python is asked, bound in seconds.
  private static let questions: [(expression: String, sql: String, bound: Double)] = [
    ("target == 'device-7' && latency <= 2ms", "target = 'device-7' AND latency_s <= 0.002", 0.1),
    ("hardware == 'chip-3' && latency <= 2ms", "hardware = 'chip-3' AND latency_s <= 0.002", 0.1),
    ("accuracy >= 0.9999", "accuracy >= 0.9999", 0.5),
    ("size <= 1.001 MB && accuracy > 0.5", "model_size_bytes <= 1001000 AND accuracy > 0.5", 0.5),
    ("throughput > 99990 and precision == 'int8'", "throughput_per_s > 99990 AND precision = 'int8'", 0.5),
    ("'variant 99999' in variant", "instr(variant, 'variant 99999') > 0", 0.5),
    ("energy == null and memory < 100.1 MB", "energy_j IS NULL AND peak_resident_bytes < 100100000", 0.5),
    ("gpu_driver == 'none of them'", "gpu_driver = 'none of them'", 0.5),
  ]

  static func main() {
    do {
      exit(try run() ? 0 : 1)
    } catch {
      FileHandle.standardError.write(Data("golden-bench: \(error)\n".utf8))
      exit(70)
    }
  }

  private static func run() throws -> Bool {
    guard CommandLine.arguments.count >= 2 else {
      throw Failure(description: "usage: golden-bench FOLDER [ROWS]")
    }
    let folder = CommandLine.arguments[1]
    let count = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 1_000_000 : 1_000_000
    let path = "\(folder)/rows-\(count).sqlite"
    if !FileManager.default.fileExists(atPath: path) { try LargeVolume.make(at: path, count: count) }
    let volumes = try GoldenVolumes(paths: [path])
    let chosen = columns.compactMap { GoldenColumn.named($0)?.column }
    print("rows \(try volumes.count())")
    var holds = true
    for question in questions {
      let condition = try GoldenCondition(question.expression)
      var rows = 0
      _ = try volumes.table(chosen, where: condition)
      var times: [Double] = []
      var peer: [Double] = []
      // In turns, so that what else the machine does falls on both.
      for _ in 0..<3 {
        var found = 0
        for _ in 0..<5 {
          let start = ContinuousClock.now
          found = try volumes.table(chosen, where: condition).rows.count
          times.append(start.duration(to: .now) / .seconds(1))
        }
        let other = try python(path, question.sql)
        peer.append(other.seconds)
        guard other.rows == found else {
          throw Failure(description: "\(question.expression): \(found) rows, Python finds \(other.rows)")
        }
        rows = found
      }
      let median = times.sorted()[times.count / 2]
      let other = peer.sorted()[peer.count / 2]
      let isMet = median <= question.bound
      holds = holds && isMet
      print(
        String(
          format: "%@ %6.1f ms (bound %3.0f ms; sqlite3 in Python %6.1f ms, %.2f of it) %6d rows  %@",
          isMet ? "✓" : "✗",
          median * 1e3, question.bound * 1e3, other * 1e3, median / other, rows, question.expression))
    }
    return holds
  }

  /// Median seconds of Python's sqlite3 for the same rows.
  private static func python(_ path: String, _ condition: String) throws -> (rows: Int, seconds: Double) {
    let script = """
      import sqlite3, sys, time
      connection = sqlite3.connect('file:' + sys.argv[1] + '?mode=ro', uri=True)
      query = 'SELECT \(columns.joined(separator: ", ")) FROM golden WHERE ' + sys.argv[2]
      times = []
      for _ in range(8):
        start = time.perf_counter()
        rows = connection.execute(query).fetchall()
        times.append(time.perf_counter() - start)
      print(len(rows), sorted(times[1:])[3])
      """
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", "-c", script, path, condition]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let words = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).split(separator: " ")
    process.waitUntilExit()
    guard words.count == 2, let rows = Int(words[0]),
      let seconds = Double(words[1].trimmingCharacters(in: .whitespacesAndNewlines))
    else { throw Failure(description: "Python's sqlite3 failed") }
    return (rows, seconds)
  }
}

struct Failure: Error, CustomStringConvertible {
  let description: String
}
