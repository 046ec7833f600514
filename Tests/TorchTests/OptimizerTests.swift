// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Tensors
import Testing
import Torch

@Suite(.enabled(if: Reference.isAvailable, Reference.absence))
struct OptimizerTests {
  private static let makers: [String: @Sendable ([StateTensor]) throws -> any Optimizer] = [
    "sgd": { try SGD([ParameterGroup($0)], learningRate: 0.1) },
    "sgd-decay": { try SGD([ParameterGroup($0, weightDecay: 0.1)], learningRate: 0.05) },
    "sgd-momentum": { try SGD([ParameterGroup($0, weightDecay: 0.01)], learningRate: 0.1, momentum: 0.9) },
    "sgd-nesterov": {
      try SGD([ParameterGroup($0, weightDecay: 0.02)], learningRate: 0.1, momentum: 0.8, isNesterov: true)
    },
    "adamw": { try AdamW([ParameterGroup($0, weightDecay: 0.1)], learningRate: 0.01) },
    "adamw-other": {
      try AdamW(
        [ParameterGroup($0)], learningRate: 0.1, AdamSettings(firstDecay: 0.8, secondDecay: 0.95, epsilon: 1e-4))
    },
    "sgd-dampening": { try SGD([ParameterGroup($0)], learningRate: 0.1, momentum: 0.9, dampening: 0.3) },
    "sgd-fused": {
      try SGD(
        [ParameterGroup($0, weightDecay: 0.01)], learningRate: 0.1, momentum: 0.9, isNesterov: true, isFused: true)
    },
    "adam": { try Adam([ParameterGroup($0)], learningRate: 0.01) },
    "adam-decay": {
      try Adam(
        [ParameterGroup($0, weightDecay: 0.1)], learningRate: 0.02, AdamSettings(firstDecay: 0.7, secondDecay: 0.9))
    },
    "adam-fused": {
      try Adam([ParameterGroup($0, weightDecay: 0.1)], learningRate: 0.02, AdamSettings(isFused: true))
    },
    "adamw-fused": {
      try AdamW([ParameterGroup($0, weightDecay: 0.1)], learningRate: 0.02, AdamSettings(isFused: true))
    },
    "rmsprop": { try RMSprop([ParameterGroup($0)], learningRate: 0.01) },
    "rmsprop-other": {
      try RMSprop(
        [ParameterGroup($0, weightDecay: 0.1)], learningRate: 0.02, smoothing: 0.9, epsilon: 1e-5, momentum: 0.8,
        isCentered: true)
    },
  ]

  private typealias Subject = OptimizerSubject

  @Test(arguments: makers.keys.sorted())
  func stepsAreThoseOfPyTorch(name: String) throws {
    let subject = try Subject()
    let make = try #require(Self.makers[name])
    let optimizer = try make(subject.state.parameters)
    for number in 0..<5 {
      try subject.step(optimizer, number)
      for parameter in subject.state.parameters {
        let expected = try subject.fixture.tensor("\(name).\(number).\(parameter.name)")
        try expectClose(parameter.tensor, expected, "step \(number) of \(parameter.name)")
      }
    }
  }

  @Test(arguments: makers.keys.sorted())
  func aSavedOptimizerGoesOnBitForBit(name: String) throws {
    let make = try #require(Self.makers[name])
    let (subject, other) = (try Subject(), try Subject())
    let first = try make(subject.state.parameters)
    for number in 0..<3 { try subject.step(first, number) }
    let second = try make(other.state.parameters)
    try other.state.load(subject.state.safetensors())
    try second.load(first.state())
    for number in 3..<5 {
      try subject.step(first, number)
      try other.step(second, number)
    }
    #expect(try other.state.safetensors() == subject.state.safetensors())
  }

  @Test func foreignOptimizerStateIsRefused() throws {
    let subject = try Subject()
    let foreign = ["other": try Tensor(zeros: .float32, shape: [3])]
    #expect(throws: TorchError.self) {
      try SGD([ParameterGroup(subject.state.parameters)], learningRate: 1).load(foreign)
    }
    #expect(throws: TorchError.self) {
      try AdamW([ParameterGroup(subject.state.parameters)], learningRate: 1).load(foreign)
    }
    #expect(throws: TorchError.self) {
      try RMSprop([ParameterGroup(subject.state.parameters)], learningRate: 1).load(foreign)
    }
  }

  @Test func frozenParametersStayAndLaterMakeTheirFirstStep() throws {
    let subject = try Subject()
    let weight = try #require(subject.state["weight"])
    let optimizer = try AdamW([ParameterGroup(subject.state.parameters)], learningRate: 0.01)
    try weight.setRequiresGradient(false)
    #expect(try !weight.requiresGradient)
    let before = try weight.tensor.toTensor()
    try (#require(subject.state["bias"]).tensor * subject.fixture.torch("gradient0.bias")).sum().backward()
    try optimizer.step()
    #expect(try weight.tensor.toTensor() == before)
    try weight.setRequiresGradient(true)
    try subject.step(optimizer, 0)
    #expect(try optimizer.state()["weight.step"]?.values(as: Int64.self) == [1])
    #expect(try optimizer.state()["bias.step"]?.values(as: Int64.self) == [2])
    let expected = try Subject()
    try expected.step(AdamW([ParameterGroup(expected.state.parameters)], learningRate: 0.01), 0)
    #expect(try weight.tensor.toTensor() == expected.state["weight"]?.tensor.toTensor())
  }

  @Test func vectorsAreSparedFromDecay() throws {
    let groups = try ParameterGroup.sparingVectors(Subject().state.parameters, weightDecay: 0.5)
    #expect(groups.map { $0.parameters.map(\.name) } == [["weight"], ["bias"]])
    #expect(groups.map(\.weightDecay) == [0.5, 0])
  }

  @Test func settingsOutOfBoundsAreRefused() throws {
    #expect(throws: TorchError.self) { try SGD([], learningRate: -1) }
    #expect(throws: TorchError.self) { try SGD([], learningRate: 1, isNesterov: true) }
    #expect(throws: TorchError.self) { try AdamW([], learningRate: 1, AdamSettings(firstDecay: 1)) }
    #expect(throws: TorchError.self) { try AdamW([ParameterGroup([], weightDecay: -1)], learningRate: 1) }
  }
}
