// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import ONNX
import Tensors

/// A generator of numbers that is the same everywhere (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// Models to test with.
enum Samples {
  static let fixtures = ["plain", "residual", "branches", "depthwise", "pool-first", "perceptron"]

  static func fixture(_ name: String) throws -> Model {
    try Model(contentsOf: Peer.folder.appending(path: "Fixtures/\(name).onnx"))
  }

  static func random(_ shape: [Int], seed: UInt64, scale: Float = 1) throws -> Tensor {
    var generator = SeededGenerator(seed: seed)
    let count = shape.reduce(1, *)
    return try Tensor((0..<count).map { _ in Float.random(in: -scale...scale, using: &generator) }, shape: shape)
  }

  /// A small convolutional network with batch normalization, as an exporter would write it.
  static func network(opset: Int = 17) throws -> Model {
    var graph = GraphBuilder()
    graph.addInput(name: "x", elementType: .float32, dimensions: ["batch", 3, 8, 8])
    graph.addInitializer("conv.weight", try random([4, 3, 3, 3], seed: 1))
    graph.addInitializer("conv.bias", try random([4], seed: 2))
    graph.addNode(
      "Conv", inputs: ["x", "conv.weight", "conv.bias"], outputs: ["c"], attributes: ["pads": .ints([1, 1, 1, 1])],
      name: "conv")
    graph.addInitializer("bn.scale", try random([4], seed: 3))
    graph.addInitializer("bn.offset", try random([4], seed: 4))
    graph.addInitializer("bn.mean", try random([4], seed: 5))
    graph.addInitializer("bn.variance", try Tensor([0.5, 1, 2, 3] as [Float], shape: [4]))
    graph.addNode(
      "BatchNormalization", inputs: ["c", "bn.scale", "bn.offset", "bn.mean", "bn.variance"], outputs: ["n"],
      attributes: ["epsilon": .float(1e-3)], name: "bn")
    graph.addNode("Relu", inputs: ["n"], outputs: ["r"], name: "relu")
    graph.addNode(
      "MaxPool", inputs: ["r"], outputs: ["p"],
      attributes: ["kernel_shape": .ints([2, 2]), "strides": .ints([2, 2])],
      name: "pool")
    graph.addNode("GlobalAveragePool", inputs: ["p"], outputs: ["g"], name: "average")
    graph.addNode("Flatten", inputs: ["g"], outputs: ["f"], name: "flatten")
    graph.addInitializer("fc.weight", try random([10, 4], seed: 6))
    graph.addInitializer("fc.bias", try random([10], seed: 7))
    graph.addNode(
      "Gemm", inputs: ["f", "fc.weight", "fc.bias"], outputs: ["y"], attributes: ["transB": .int(1)], name: "fc")
    graph.addOutput(name: "y", elementType: .float32, dimensions: ["batch", 10])
    return try graph.build(graphName: "network", opset: opset, producer: "tests")
  }

  /// Ranges that suit any model with values of moderate size.
  static func ranges(_ plan: QuantizationPlan) -> [String: ActivationRange] {
    Dictionary(uniqueKeysWithValues: plan.observed.map { ($0, ActivationRange(minimum: -2, maximum: 6)) })
  }
}
