// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Statistics
import Testing

/// What paretoset, moocore and SciPy compute; see Fixtures/ORIGIN.md.
struct ParetoFixture: Decodable {
  struct Cloud: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var senses: [String]
    var points: [[Double]]
    var front: [Int]
    var distinct: [Int]
    var layers: [Int]
    var reference: [Double]?
    var volume: Double?

    var testDescription: String { name }
    var directions: [ParetoFront.Sense] { senses.map { $0 == "min" ? .minimize : .maximize } }
  }
  struct Skyline: Decodable, Sendable {
    var merits: [[Double]]
    var deviations: [[Double]]
    var tolerance: [Double]
    var shared: [Int]
    var weights: [Double]
    var probability: [Double]
    var logarithm: [Double]
    var expected: [Double]

    var metrics: [ParetoMetric] {
      merits.indices.map { index in
        ParetoMetric(
          "m\(index)", sense: .maximize, scale: .difference, values: merits[index], deviations: deviations[index],
          measurements: index == 0 ? shared : nil, tolerance: tolerance[index])
      }
    }
  }

  var clouds: [Cloud]
  var skylines: [Skyline]
  var tails: [[Double]]

  static let file: Result<ParetoFixture, any Error> = Result {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/pareto.json")
    return try JSONDecoder().decode(ParetoFixture.self, from: Data(contentsOf: url))
  }
}

@Suite("The Pareto choice agrees with")
struct ParetoPeerTests {
  let fixture: ParetoFixture

  init() throws { fixture = try ParetoFixture.file.get() }

  @Test func `paretoset and moocore in fronts of one to five objectives`() throws {
    for cloud in fixture.clouds {
      let senses = cloud.directions
      #expect(try ParetoFront.positions(ofColumns: cloud.points, senses: senses).get() == cloud.front, "\(cloud.name)")
      let distinct = try ParetoFront.positions(ofColumns: cloud.points, senses: senses, distinct: true).get()
      #expect(distinct == cloud.distinct, "\(cloud.name)")
    }
  }

  @Test func `paretoset and moocore in layers`() throws {
    for cloud in fixture.clouds {
      let layers = try ParetoFront.layers(ofColumns: cloud.points, senses: cloud.directions).get()
      #expect(layers == cloud.layers, "\(cloud.name)")
    }
  }

  @Test func `moocore in hypervolumes of two to five objectives`() throws {
    for cloud in fixture.clouds {
      guard let reference = cloud.reference, let expected = cloud.volume else { continue }
      let volume = try Hypervolume.volume(
        ofColumns: cloud.points, senses: cloud.directions, reference: reference
      ).get()
      #expect(agree(volume, expected, 1e-12), "\(cloud.name): \(volume) \(expected)")
    }
  }

  @Test func `SciPy in the probabilities of a skyline`() throws {
    for skyline in fixture.skylines {
      let scores = try Paretoness.scores(of: skyline.metrics, weights: skyline.weights).scores
      for (row, score) in scores.enumerated() {
        #expect(abs(score.probability - skyline.probability[row]) < 1e-6, "\(row)")
        #expect(agree(score.logProbability, skyline.logarithm[row], 1e-5), "\(row)")
        #expect(agree(score.expectedBetter, skyline.expected[row], 1e-7), "\(row)")
        #expect(agree(score.share, skyline.expected[row] / (skyline.weights.reduce(0, +) - skyline.weights[row]), 1e-7))
      }
    }
  }

  /// With λ of one pair, which is the tabulated probability itself.
  @Test func `SciPy in the tail of the normal distribution, to seven digits`() throws {
    for tail in fixture.tails {
      let metric = ParetoMetric(
        "m", sense: .maximize, scale: .difference, values: [tail[0], 0], deviations: [1, 0])
      let expected = try Paretoness.scores(of: [metric]).scores[0].expectedBetter
      #expect(abs(expected - tail[1]) < 1e-8, "\(tail)")
    }
  }
}
