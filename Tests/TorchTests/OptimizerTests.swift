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
  ]

  /// Parameters whose gradients are those of the fixture's step.
  private struct Subject {
    let state: ModuleState
    let fixture: Safetensors

    init() throws {
      fixture = try Reference.fixture("optimizers.safetensors")
      state = ModuleState(library: try Reference.library)
      _ = try state.root.parameter("weight", shape: [4, 3], .constant(0))
      _ = try state.root.parameter("bias", shape: [4], .constant(0))
      try state.load(fixture.part("start"))
    }

    func step(_ optimizer: any Optimizer, _ number: Int) throws {
      try optimizer.clearGradients()
      for parameter in state.parameters {
        // The gradient of the sum of products with a constant is that constant.
        try (parameter.tensor * fixture.torch("gradient\(number).\(parameter.name)")).sum().backward()
      }
      try optimizer.step()
    }
  }

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

@Suite struct LearningRateScheduleTests {
  @Test(arguments: [
    ("one-cycle", LearningRateSchedule.oneCycle),
    ("one-cycle-other", .oneCycle(warmUp: 0.1, initialDivisor: 10, finalDivisor: 100)),
    ("cosine", .cosine(final: 0.1)),
  ])
  func ratesAreThoseOfPyTorch(name: String, schedule: LearningRateSchedule) throws {
    let data = try Data(contentsOf: Reference.fixtures.appending(path: "schedules.json"))
    let rates = try #require(try JSONDecoder().decode([String: [Double]].self, from: data)[name])
    for (step, expected) in rates.enumerated() {
      let rate = schedule.rate(step: step, of: rates.count, peak: 0.3)
      #expect(abs(rate - expected) <= 1e-9 * 0.3, "step \(step)")
    }
  }

  @Test(arguments: [LearningRateSchedule.constant, .cosine(final: 0), .oneCycle])
  func shortRunsHaveFiniteRates(schedule: LearningRateSchedule) {
    for total in 1...5 {
      for step in 0..<total {
        let rate = schedule.rate(step: step, of: total, peak: 1)
        #expect((0...1).contains(rate), "step \(step) of \(total)")
      }
    }
  }
}
