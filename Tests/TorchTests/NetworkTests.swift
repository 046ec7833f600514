// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors
import Testing
import Torch

@Suite(.enabled(if: Reference.isAvailable, Reference.absence))
struct NetworkTests {
  @Test func initialisationIsPyTorchsBitForBit() throws {
    let library = try Reference.library
    let state = ModuleState(library: library)
    _ = try library.withSeed(1234) { try ReferenceNetwork(in: state.root) }
    let expected = try Reference.fixture("network.safetensors").part("initial")
    #expect(Set(state.entries.map(\.name)) == Set(expected.tensors.keys))
    for entry in state.entries {
      #expect(try entry.tensor.toTensor() == expected.tensor(entry.name), "\(entry.name)")
    }
  }

  @Test func trainingStepsForwardAndBackwardAgreeWithPyTorch() throws {
    let (network, state, fixture) = try ReferenceNetwork.loaded("before")
    let logits = try network(fixture.torch("inputs"), .training)
    try expectClose(logits, fixture.tensor("training.logits"), "logits")
    let loss = try logits.crossEntropy(
      targets: fixture.torch("targets"), classWeights: fixture.torch("class_weights"), labelSmoothing: 0.1)
    try expectClose(loss, fixture.tensor("training.loss"), "loss")
    try loss.backward()
    #expect(fixture.part("gradient").tensors.count == state.parameters.count)
    for parameter in state.parameters {
      let gradient = try #require(try parameter.tensor.gradient)
      try expectClose(gradient, fixture.tensor("gradient." + parameter.name), parameter.name)
    }
  }

  @Test func trainingMovesTheRunningStatisticsAsPyTorchDoes() throws {
    let (network, state, fixture) = try ReferenceNetwork.loaded("before")
    _ = try network(fixture.torch("inputs"), .training)
    for entry in state.entries { try expectClose(entry.tensor, fixture.tensor("after." + entry.name), entry.name) }
  }

  @Test func evaluationAgreesWithPyTorchAndChangesNothing() throws {
    let (network, state, fixture) = try ReferenceNetwork.loaded("after")
    let before = try state.safetensors()
    let logits = try network(fixture.torch("inputs"), .evaluation)
    try expectClose(logits, fixture.tensor("evaluation.logits"), "logits")
    try expectClose(logits.crossEntropy(targets: fixture.torch("targets")), fixture.tensor("plain.loss"), "loss")
    #expect(try state.safetensors() == before)
  }

  @Test func normalisingASingleValueIsRefused() throws {
    let library = try Reference.library
    let layer = try BatchNorm2d(3, in: ModuleState(library: library).root)
    let error = #expect(throws: TorchError.self) {
      try layer(.full(1, shape: [1, 3, 1, 1], in: library), .training)
    }
    #expect(error?.code == .invalidArgument)
  }

  @Test func dropoutIsOffInEvaluationAndScalesInTraining() throws {
    let library = try Reference.library
    let ones = try TorchTensor.full(1, shape: [10_000], in: library)
    let layer = try Dropout(0.25)
    #expect(try layer(ones, .evaluation).values(as: Float.self).allSatisfy { $0 == 1 })
    let first = try library.withSeed(3) { try layer(ones, .training).values(as: Float.self) }
    let again = try library.withSeed(3) { try layer(ones, .training).values(as: Float.self) }
    #expect(first == again)
    #expect(first.allSatisfy { $0 == 0 || abs($0 - 4 / 3) < 1e-6 })
    let dropped = first.count { $0 == 0 }
    #expect((2300...2700).contains(dropped))
    #expect(throws: TorchError.self) { try Dropout(1.5) }
  }

  @Test func impossibleLayersAreRefused() throws {
    let state = ModuleState(library: try Reference.library)
    #expect(throws: TorchError.self) { try Linear(0, 3, in: state.root["a"]) }
    #expect(throws: TorchError.self) {
      try Conv2d(4, 6, kernel: Size2(3), geometry: ConvolutionGeometry(groups: 4), in: state.root["b"])
    }
    #expect(throws: (any Error).self) { try BatchNorm2d(0, in: state.root["c"]) }
    #expect(state.entries.isEmpty)
  }
}
