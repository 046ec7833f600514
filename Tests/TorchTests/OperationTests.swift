// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors
import Testing
import Torch

@Suite(.enabled(if: Reference.isAvailable, Reference.absence))
struct OperationTests {
  private struct Operands {
    let a, b, m, positive: TorchTensor
    init(_ fixture: Safetensors) throws {
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
  ]

  @Test(arguments: operations.keys.sorted())
  func givesWhatPyTorchGives(name: String) throws {
    let fixture = try Reference.fixture("operations.safetensors")
    let operation = try #require(Self.operations[name])
    try expectClose(operation(Operands(fixture)), fixture.tensor("result." + name), name)
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
