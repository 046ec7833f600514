// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import ONNX
import Testing

@Suite struct CalibrationTests {
  static let methods: [CalibrationMethod] = [.minimumMaximum, .percentile(99.9), .entropy, .meanSquaredError]

  private func normal(_ count: Int, seed: UInt64) -> [Float] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      let radius = (-2 * log(Double.random(in: 1e-12..<1, using: &generator))).squareRoot()
      return Float(radius * cos(2 * .pi * Double.random(in: 0..<1, using: &generator)))
    }
  }

  private func range(_ method: CalibrationMethod, _ batches: [[Float]]) throws -> ActivationRange {
    var calibration = try Calibration(method, tensors: ["t"])
    for batch in batches { try calibration.observe("t", batch) }
    return try #require(try calibration.ranges()["t"])
  }

  @Test(arguments: methods) func rangesLieWithinTheValues(_ method: CalibrationMethod) throws {
    let values = normal(20_000, seed: 1)
    let range = try range(method, [values])
    #expect(range.minimum >= values.min() ?? 0)
    #expect(range.maximum <= values.max() ?? 0)
    #expect(range.minimum < -2 && range.maximum > 2)
  }

  @Test(arguments: methods) func oneOutlierMovesOnlyTheExtremes(_ method: CalibrationMethod) throws {
    let range = try range(method, [normal(20_000, seed: 1), [100]])
    switch method {
    case .minimumMaximum: #expect(range.maximum == 100)
    case .percentile: #expect(range.maximum < 4)
    case .entropy, .meanSquaredError: #expect(range.maximum < 99)
    }
  }

  @Test(arguments: methods) func manyZerosDoNotHideTheOthers(_ method: CalibrationMethod) throws {
    let values = normal(20_000, seed: 2).map { max($0, 0) }
    let range = try range(method, [values])
    #expect(range.minimum == 0)
    #expect(range.maximum > 2)
  }

  @Test func quantilesAreThoseOfTheSortedValues() throws {
    let values = normal(50_000, seed: 3)
    let sorted = values.sorted()
    let range = try range(.percentile(99), Array(values.chunks(of: 777)))
    #expect(abs(range.minimum - sorted[250]) < 0.02)
    #expect(abs(range.maximum - sorted[49_750]) < 0.02)
  }

  @Test func growingHistogramsLoseNoValue() throws {
    var histogram = Histogram()
    var total = 0.0
    for (seed, scale) in [(1, 1e-3), (2, 5.0), (3, 1e4), (4, 1.0)] as [(UInt64, Float)] {
      let values = normal(1000, seed: seed).map { $0 * scale }
      histogram.add(
        values, covering: ActivationRange(minimum: values.min() ?? 0, maximum: values.max() ?? 0))
      total += 1000
    }
    #expect(histogram.counts.reduce(0, +) + histogram.zeros == total)
    #expect(histogram.counts.count <= Histogram.mostBins)
  }

  @Test(
    arguments: [[Float]]([
      [0], [.leastNonzeroMagnitude], [-3], [.greatestFiniteMagnitude, -.greatestFiniteMagnitude], [1e-30, 1e30],
    ]))
  func extremeValuesGiveUsableRanges(_ values: [Float]) throws {
    for method in Self.methods {
      #expect(try range(method, [values, values]).isUsable)
      #expect(try range(method, [[1], values]).isUsable)
    }
  }

  @Test func mistakesAreNamed() throws {
    var calibration = try Calibration(.minimumMaximum, tensors: ["a", "b"])
    #expect(throws: ONNXError.self) { try calibration.observe("c", [1]) }
    let infinite = try #require(throws: ONNXError.self) { try calibration.observe("a", [1, .infinity]) }
    #expect(infinite.code == .invalidRange)
    try calibration.observe("a", [1])
    let missing = try #require(throws: ONNXError.self) { try calibration.ranges() }
    #expect(missing.code == .missingRange)
    #expect(missing.location == "b")
    #expect(throws: ONNXError.self) { try Calibration(.percentile(0), tensors: []) }
    #expect(throws: ONNXError.self) { try Calibration(.percentile(.nan), tensors: []) }
  }
}

extension Array {
  fileprivate func chunks(of length: Int) -> [[Element]] {
    stride(from: 0, to: count, by: length).map { Array(self[$0..<Swift.min($0 + length, count)]) }
  }
}
