// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors
import Testing
import Torch

@Suite(.enabled(if: Reference.isAvailable, Reference.absence))
struct GradientTests {
  @Test(arguments: [
    ("clip-norm", GradientClipping.norm(0.5)), ("clip-norm-loose", .norm(100)),
    ("clip-norm-largest", .norm(0.7, power: .infinity)), ("clip-value", .value(0.4)),
  ])
  func clippedGradientsAreThoseOfPyTorch(name: String, clipping: GradientClipping) throws {
    let subject = try OptimizerSubject()
    try subject.backward(0)
    let norm = try clipping.apply(to: subject.state.parameters)
    let expected = subject.fixture.part(name)
    let expectedNorm = try expected.tensors["norm"]?.values(as: Float.self).first
    #expect((norm == nil) == (expectedNorm == nil))
    if let norm, let expectedNorm { #expect(abs(Float(norm) - expectedNorm) <= 1e-6 * expectedNorm) }
    for parameter in subject.state.parameters {
      let gradient = try #require(try parameter.tensor.gradient)
      try expectClose(gradient, expected.tensor(parameter.name), "\(name): \(parameter.name)")
    }
  }

  @Test func normsAndScalesConcernAllGradients() throws {
    let library = try Reference.library
    let state = ModuleState(library: library)
    let first = try state.root.parameter("a", shape: [2], .constant(1))
    _ = try state.root.parameter("b", shape: [1], .constant(1))
    #expect(try state.parameters.gradientNorm() == 0)
    #expect(try GradientClipping.norm(1).apply(to: state.parameters) == 0)
    try (first.tensor * TorchTensor([3, 4] as [Float], shape: [2], in: library)).sum().backward()
    #expect(try state.parameters.gradientNorm() == 5)
    #expect(try state.parameters.gradientNorm(power: .infinity) == 4)
    try state.parameters.scaleGradients(by: 0.5)
    #expect(try first.tensor.gradient?.values(as: Float.self) == [1.5, 2])
    try state.clearGradients()
    #expect(try first.tensor.gradient == nil)
  }

  @Test func aScaledLossGrowsItsScaleAndShrinksItOnOverflow() throws {
    let state = ModuleState(library: try Reference.library)
    let weight = try state.root.parameter("a", shape: [1], .constant(2))
    var scaler = LossScaler(scale: 8, growthInterval: 2)
    for expected in [8.0, 16] {
      try state.clearGradients()
      try scaler.scaled((weight.tensor * 3).sum()).backward()
      #expect(try scaler.unscale(state.parameters))
      #expect(try weight.tensor.gradient?.item() == 3)
      #expect(scaler.scale == expected)
    }
    try (weight.tensor * Double.infinity).sum().backward()
    #expect(try !scaler.unscale(state.parameters))
    #expect(scaler.scale == 8)
  }
}
