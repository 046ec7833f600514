// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Statistics

/// Times fronts of clouds that are given, and paretoness of clouds that it draws. `peer/pareto.py` runs it.
///
///     pareto-bench front FILE TURNS     a file of two columns of doubles; prints milliseconds, then the front's size and
///                                       the sum of its positions
///     pareto-bench fuzzy ROWS KIND      KIND is common (one tolerance), own (a deviation for each row), shared
///                                       (measurements too) or wide (own ones that tell no two rows apart)
@main
struct ParetoBench {
  static func main() throws {
    let arguments = CommandLine.arguments
    switch arguments.dropFirst().first {
    case "front" where arguments.count == 4: try front(arguments[2], turns: Int(arguments[3]) ?? 1)
    case "fuzzy" where arguments.count == 4: try fuzzy(rows: Int(arguments[2]) ?? 0, kind: arguments[3])
    default: print("usage: pareto-bench front FILE TURNS | fuzzy ROWS common|own|shared|wide")
    }
  }

  private static func front(_ path: String, turns: Int) throws {
    let data = try Data(contentsOf: URL(filePath: path))
    let values: [Double] = data.withUnsafeBytes { bytes in
      (0..<data.count / 8).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self) }
    }
    let columns = [Array(values.prefix(values.count / 2)), Array(values.suffix(values.count / 2))]
    var best: [Int] = []
    for _ in 0..<turns {
      let start = ContinuousClock.now
      best = try ParetoFront.positions(ofColumns: columns, senses: [.minimize, .minimize]).get()
      print(milliseconds(since: start))
    }
    print(best.count, best.reduce(0, +))
  }

  private static func fuzzy(rows: Int, kind: String) throws {
    var random = SeededGenerator(seed: 1)
    let times = (0..<rows).map { _ in 1 + 30 * random.unit() }
    let accuracies = times.map { time in 0.5 + 0.01 * time + 0.1 * random.unit() }
    let deviations: [Double]? =
      kind == "common" ? nil : times.map { _ in (kind == "wide" ? 50 : 1) * (0.01 + 0.05 * random.unit()) }
    let shared: [Int?]? = kind == "shared" ? (0..<rows).map { $0 / 4 } : nil
    let metrics = [
      ParetoMetric(
        "accuracy", .quality, values: accuracies, deviations: deviations.map { $0.map { $0 / 10 } },
        measurements: shared),
      ParetoMetric("time", .time, values: times, deviations: deviations),
    ]
    let start = ContinuousClock.now
    let scores = try Paretoness.scores(of: metrics).scores
    print(milliseconds(since: start))
    print(scores.reduce(0) { $0 + $1.probability })
  }

  private static func milliseconds(since start: ContinuousClock.Instant) -> Double {
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return Double(seconds) * 1e3 + Double(attoseconds) / 1e15
  }
}
