// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors
import Testing
import Torch

@Suite(.enabled(if: Reference.isAvailable, Reference.absence))
struct OperationTests {
  private struct Operands {
    let a, b, m, positive: TorchTensor
    let series, kernel, bias, shares, weights, mixed: TorchTensor
    var wide: TorchTensor { get throws { try a * 4 } }
    init(_ fixture: Safetensors) throws {
      (series, kernel) = (try fixture.torch("series"), try fixture.torch("kernel"))
      (bias, shares) = (try fixture.torch("bias"), try fixture.torch("shares"))
      (weights, mixed) = (try fixture.torch("weights"), try fixture.torch("mixed"))
      (a, b) = (try fixture.torch("a"), try fixture.torch("b"))
      (m, positive) = (try fixture.torch("m"), try fixture.torch("positive"))
    }
  }

  private static let operations: [String: @Sendable (Operands) throws -> TorchTensor] = [
    "add": { try $0.a + $0.b }, "subtract": { try $0.a - $0.b }, "multiply": { try $0.a * $0.b },
    "divide": { try $0.a / $0.b }, "negate": { try -$0.a }, "absolute": { try $0.a.absolute() },
    "exponential": { try $0.a.exponential() }, "logarithm": { try $0.positive.logarithm() },
    "square-root": { try $0.positive.squareRoot() }, "relu": { try $0.a.relu() },
    "sigmoid": { try $0.a.sigmoid() }, "tanh": { try $0.a.hyperbolicTangent() },
    "maximum": { try $0.a.maximum($0.b) }, "minimum": { try $0.a.minimum($0.b) },
    "add-scalar": { try $0.a + 1.5 }, "multiply-scalar": { try $0.a * -2.5 },
    "power": { try $0.positive.power(1.7) }, "clamp": { try $0.a.clamped(to: -0.5...0.7) },
    "matrix-product": { try $0.a.matrixProduct($0.m) }, "sum": { try $0.a.sum() },
    "sum-1": { try $0.a.sum(over: [1]) }, "sum-kept": { try $0.a.sum(over: [0, 2], keepingDimensions: true) },
    "mean": { try $0.a.mean() }, "mean-last": { try $0.a.mean(over: [-1]) }, "largest": { try $0.a.largest() },
    "largest-0": { try $0.a.largest(over: [0]) },
    "argument-of-largest": { try $0.a.argumentOfLargest(along: 1) },
    "softmax": { try $0.a.softmax(along: -1) }, "log-softmax": { try $0.a.logSoftmax(along: 1) },
    "reshape": { try $0.a.reshaped([4, -1]) }, "permute": { try $0.a.permuted([2, 0, 1]) },
    "flatten": { try $0.a.flattened(from: 1) }, "select": { try $0.a.selecting([2, 0, 2], along: 1) },
    "slice": { try $0.a.sliced(1..<3, along: 2) },
    "concatenate": { try .concatenated([$0.a, $0.b], along: 1) },
    "pad": { try $0.a.padded([1, 2, 0, 1], with: 0.25) },
    "broadcast": { try $0.a.sliced(0..<1, along: 1).broadcast(to: [2, 3, 4]) },
    "mean-squared-error": { try $0.a.meanSquaredError(targets: $0.b) },
    "to-int64": { try ($0.a * 10).converted(to: .int64) },
    "relu6": { try $0.wide.activated(.relu6) }, "hardswish": { try $0.wide.activated(.hardSwish) },
    "hardsigmoid": { try $0.wide.activated(.hardSigmoid) }, "silu": { try $0.wide.activated(.silu) },
    "gelu": { try $0.wide.activated(.gelu) },
    "conv1d": {
      let window = ConvolutionWindow(stride: [2], padding: [3], dilation: [2], groups: 2)
      return try $0.series.convolved(with: $0.kernel, bias: $0.bias, window: window)
    },
    "max-pool1d": { try $0.series.maximumPooled(PoolingWindow(kernel: [3], stride: [2], padding: [1])) },
    "average-pool1d": { try $0.series.averagePooled(PoolingWindow(kernel: [4], stride: [3], padding: [2])) },
    "adaptive-average-pool": { try $0.series.averaged(to: [3]) },
    "binary-cross-entropy": { try $0.wide.binaryCrossEntropy(targets: $0.shares) },
    "binary-cross-entropy-weighted": {
      try $0.wide.binaryCrossEntropy(
        targets: $0.shares, weights: $0.weights, positiveWeights: $0.weights * 2, reduction: .sum)
    },
    "cross-entropy-of-probabilities": {
      try $0.a.reshaped([6, 4]).crossEntropy(targets: $0.mixed, classWeights: $0.weights, labelSmoothing: 0.1)
    },
    "cross-entropy-of-items": {
      let targets = try TorchTensor([0, 3, 1, 2, 2, 0] as [Int64], shape: [6], in: $0.a.library)
      return try $0.a.reshaped([6, 4]).crossEntropy(targets: targets, reduction: .none)
    },
  ]

  @Test(arguments: operations.keys.sorted())
  func givesWhatPyTorchGives(name: String) throws {
    let fixture = try Reference.fixture("operations.safetensors")
    let operation = try #require(Self.operations[name])
    try expectClose(operation(Operands(fixture)), fixture.tensor("result." + name), name)
  }

  @Test(arguments: [ActivationFunction.relu, .relu6, .hardSwish, .hardSigmoid, .silu, .sigmoid, .tanh])
  func functionsInPlaceOverwriteAndGiveTheSame(function: ActivationFunction) throws {
    let input = try Reference.fixture("operations.safetensors").torch("a") * 4
    let expected = try input.activated(function).toTensor()
    let result = try input.activated(function, isInPlace: true)
    #expect(try result.toTensor() == expected)
    #expect(try input.toTensor() == expected)
  }

  @Test func geluHasNoFormInPlace() throws {
    let input = try TorchTensor.full(1, shape: [2], in: Reference.library)
    let error = #expect(throws: TorchError.self) { try input.activated(.gelu, isInPlace: true) }
    #expect(error?.code == .invalidArgument)
  }

  @Test func targetsOfAnotherShapeAreRefused() throws {
    let logits = try TorchTensor.full(1, shape: [2, 3], in: Reference.library)
    #expect(throws: TorchError.self) {
      try logits.binaryCrossEntropy(targets: .full(1, shape: [3], in: Reference.library))
    }
  }

  @Test func everyResultOfPyTorchIsCompared() throws {
    let results = try Reference.fixture("operations.safetensors").part("result")
    #expect(Set(results.tensors.keys) == Set(Self.operations.keys))
  }

  @Test func comparisonsGiveBool() throws {
    let library = try Reference.library
    let left = try TorchTensor([1, .nan, .infinity] as [Float], shape: [3], in: library)
    #expect(try left.isFinite().toTensor().bytes == [1, 0, 0])
    #expect(try left.isEqual(to: left).toTensor().bytes == [1, 0, 1])
    #expect(try left.isEqual(to: left).elementType == .bool)
  }
}
