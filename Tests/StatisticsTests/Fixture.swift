// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials

/// What NumPy, SciPy, statsmodels, pymannkendall and paretoset compute; see Fixtures/ORIGIN.md.
struct Fixture: Decodable {
  struct SummaryCase: Decodable {
    var values: [Double]
    var percentiles: [Double]
    var mean: Double
    var deviation: Double
    var mad: Double
  }
  struct NormalCase: Decodable {
    var p: Double
    var quantile: Double
  }
  struct StudentCase: Decodable {
    var p: Double
    var degrees: Double
    var quantile: Double
    var cumulative: Double
  }
  struct Distributions: Decodable {
    var normal: [NormalCase]
    var student: [StudentCase]
  }
  struct WilsonCase: Decodable {
    var successes: Int
    var trials: Int
    var level: Double
    var ends: [Double]
  }
  struct McNemarCase: Decodable {
    var b: Int
    var c: Int
    var p: Double
  }
  struct DriftCase: Decodable {
    var values: [Double]
    var p: Double
    var slope: Double
  }
  struct Intervals: Decodable {
    var a: [Double]
    var b: [Double]
    var ofA: [Double]
    var ratio: Double
    var ratioEnds: [Double]
  }
  struct FrontCase: Decodable {
    var senses: [String]
    var points: [[Double]]
    var front: [Int]
  }

  var fractions: [Double]
  var summaries: [SummaryCase]
  var distributions: Distributions
  var wilson: [WilsonCase]
  var mcnemar: [McNemarCase]
  var drift: [DriftCase]
  var intervals: Intervals
  var fronts: [FrontCase]

  static func load(in file: String = #filePath) throws -> Fixture {
    let url = URL(filePath: file).deletingLastPathComponent().appending(path: "Fixtures/statistics.json")
    return try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url))
  }
}

/// Whether two numbers agree to a relative difference, or an absolute one near zero.
func agree(_ a: Double, _ b: Double, _ tolerance: Double = 1e-10) -> Bool {
  abs(a - b) <= tolerance * max(1, abs(a), abs(b))
}
