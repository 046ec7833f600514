// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import ONNX
import Tensors
import Testing

@Suite struct QuantizedWeightTests {
  private func weight(
    _ values: [Double], _ shape: [Int], _ range: StaticQuantization.WeightRange, axis: Int = 0,
    perChannel: Bool = true, smallest: [Double]? = nil
  ) -> QuantizedWeight {
    QuantizedWeight(
      values, shape: shape, axis: axis, range: range, isPerChannel: perChannel,
      smallestScales: smallest ?? Array(repeating: 0, count: shape[axis]))
  }

  @Test(arguments: 0..<200) func noTwoWeightsOfOneSignSaturate(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let values = (0..<48).map { _ in Double(Float.random(in: -1...1, using: &generator)) }
    let quantized = weight(values, [4, 12], .saturationFree)
    let reduced = weight(values, [4, 12], .reduced)
    for channel in 0..<4 {
      let row = quantized.values[channel * 12..<channel * 12 + 12].map { Int($0) }.sorted()
      #expect(row[11] + row[10] <= 128)
      #expect(row[0] + row[1] >= -128)
      #expect(quantized.scales[channel] <= reduced.scales[channel])
    }
  }

  @Test func eachChannelHasItsScale() {
    let quantized = weight([1, -0.6, 0.008, -0.02], [2, 2], .full)
    #expect(quantized.values == [127, -76, 51, -127])
    for (scale, largest) in zip(quantized.scales, [1, 0.02]) {
      #expect((Double(scale) * 127 / largest - 1).magnitude < 1e-6)
    }
    let columns = weight([1, 0.008, -0.6, -0.02], [2, 2], .full, axis: 1)
    #expect(columns.values == [127, 51, -76, -127])
  }

  @Test func oneScaleForAllIsThatOfTheLargest() {
    let quantized = weight([1, -0.6, 0.008, -0.02], [2, 2], .full, perChannel: false)
    #expect(quantized.scales.count == 1)
    #expect(quantized.values == [127, -76, 1, -3])
  }

  @Test func aChannelOfZerosTakesTheWidestScale() {
    let quantized = weight([0, 0, 1.27, -0.5], [2, 2], .full)
    #expect(quantized.scales[0] == quantized.scales[1])
    #expect(quantized.values.prefix(2) == [0, 0])
    #expect(weight([0, 0], [1, 2], .full).scales == [1])
    #expect(weight([0, 0], [1, 2], .full, smallest: [0.5]).scales == [0.5])
  }

  @Test func aScaleIsNoFinerThanItsBiasAllows() {
    let quantized = weight([1e-9, 1], [2, 1], .full, smallest: [1e-3, 0])
    #expect(Double(quantized.scales[0]) >= 1e-3)
    #expect(quantized.values == [0, 127])
  }
}

@Suite struct ActivationParametersTests {
  @Test(arguments: [
    (ActivationRange(minimum: 0, maximum: 2.55), Float(0.01), 0),
    (ActivationRange(minimum: -2.55, maximum: 0), Float(0.01), 255),
    (ActivationRange(minimum: -1, maximum: 1.55), Float(0.01), 100),
    (ActivationRange(minimum: 1, maximum: 2.55), Float(0.01), 0),
    (ActivationRange(minimum: 0, maximum: 0), Float(1), 0),
    (ActivationRange(minimum: 3, maximum: 3), Float(3.0 / 255), 0),
    (ActivationRange(minimum: -.leastNonzeroMagnitude, maximum: .leastNonzeroMagnitude), Float(1), 0),
  ])
  func scaleAndZeroPointCoverTheRange(_ range: ActivationRange, _ scale: Float, _ zeroPoint: Int) {
    let unsigned = ActivationParameters(covering: range, as: .uint8)
    #expect(abs(unsigned.scale - scale) <= scale * 1e-6)
    #expect(unsigned.zeroPoint == zeroPoint)
    let signed = ActivationParameters(covering: range, as: .int8)
    #expect(signed.scale == unsigned.scale)
    #expect(signed.zeroPoint == zeroPoint - 128)
  }

  @Test func theWidestRangeOverflowsNowhere() {
    let range = ActivationRange(minimum: -.greatestFiniteMagnitude, maximum: .greatestFiniteMagnitude)
    let parameters = ActivationParameters(covering: range, as: .uint8)
    #expect(parameters.scale.isFinite)
    #expect(parameters.quantize(.greatestFiniteMagnitude) == 255)
    #expect(parameters.quantize(-.greatestFiniteMagnitude) == 0)
  }

  @Test(arguments: StaticQuantization.ActivationType.allCases)
  func zeroIsExactAndErrorsAreHalfAStep(_ type: StaticQuantization.ActivationType) {
    let parameters = ActivationParameters(covering: ActivationRange(minimum: -0.7, maximum: 5.1), as: type)
    #expect(parameters.value(of: parameters.quantize(0)) == 0)
    for step in 0...1000 {
      let value = Float(step) / 1000 * 5
      let error = parameters.value(of: parameters.quantize(value)) - Double(value)
      #expect(error.magnitude <= Double(parameters.scale) * 0.5001)
    }
  }
}
