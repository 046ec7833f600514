// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

internal import Glibc

/// Adam with decoupled weight decay, PyTorch's `optim.AdamW`.
///
/// Source of the update: Loshchilov and Hutter, 2019, "Decoupled Weight Decay Regularization", algorithm 2, in the order
/// of operations of `torch.optim.AdamW`.
public final class AdamW: Optimizer {
  /// The length of a step.
  public var learningRate: Double
  /// The parameters that are changed, with their weight decay.
  public let groups: [ParameterGroup]
  /// The share of the previous mean of gradients that is kept.
  public let firstDecay: Double
  /// The share of the previous mean of squared gradients that is kept.
  public let secondDecay: Double
  /// Added to the denominator.
  public let epsilon: Double

  private struct Moments {
    var stepCount = 0
    let first: TorchTensor
    let second: TorchTensor
  }
  private var moments: [String: Moments] = [:]

  /// Creates an optimizer.
  /// - Throws: `TorchError` if a setting is out of bounds.
  public init(
    _ groups: [ParameterGroup], learningRate: Double, firstDecay: Double = 0.9, secondDecay: Double = 0.999,
    epsilon: Double = 1e-8
  ) throws(TorchError) {
    guard learningRate >= 0, epsilon >= 0, (0..<1).contains(firstDecay), (0..<1).contains(secondDecay),
      groups.allSatisfy({ $0.weightDecay >= 0 })
    else {
      throw TorchError(
        .invalidArgument, "AdamW can't be made",
        because: "learning rate \(learningRate), decays \(firstDecay) and \(secondDecay) or epsilon \(epsilon) are "
          + "out of bounds",
        remedy: "use numbers from 0 on, and decays below 1")
    }
    self.groups = groups
    self.learningRate = learningRate
    self.firstDecay = firstDecay
    self.secondDecay = secondDecay
    self.epsilon = epsilon
  }

  /// Changes every parameter that has a gradient, once.
  public func step() throws {
    for group in groups {
      for parameter in group.parameters {
        guard let gradient = try parameter.tensor.gradient else { continue }
        try parameter.tensor.library.withoutGradients {
          try update(parameter, gradient, weightDecay: group.weightDecay)
        }
      }
    }
  }

  private func update(_ parameter: StateTensor, _ gradient: TorchTensor, weightDecay: Double) throws {
    var moments =
      try self.moments[parameter.name]
      ?? Moments(first: parameter.tensor.zerosLike(), second: parameter.tensor.zerosLike())
    moments.stepCount += 1
    self.moments[parameter.name] = moments

    if weightDecay != 0 { try parameter.tensor.scale(by: 1 - learningRate * weightDecay) }
    try moments.first.interpolate(towards: gradient, weight: 1 - firstDecay)
    try moments.second.scale(by: secondDecay)
    try moments.second.addProduct(gradient, gradient, scaledBy: 1 - secondDecay)

    let firstCorrection = 1 - pow(firstDecay, Double(moments.stepCount))
    let secondCorrection = 1 - pow(secondDecay, Double(moments.stepCount))
    let denominator = try moments.second.squareRoot()
    try denominator.scale(by: 1 / secondCorrection.squareRoot())
    let shifted = try denominator + epsilon
    try parameter.tensor.addQuotient(moments.first, shifted, scaledBy: -learningRate / firstCorrection)
  }

  /// What is remembered between steps: for each parameter `step`, `exp_avg` and `exp_avg_sq`.
  public func state() throws -> [String: Tensor] {
    var state: [String: Tensor] = [:]
    for (name, moments) in moments {
      state[name + ".step"] = try Tensor([Int64(moments.stepCount)], shape: [])
      state[name + ".exp_avg"] = try moments.first.toTensor()
      state[name + ".exp_avg_sq"] = try moments.second.toTensor()
    }
    return state
  }

  /// Goes on from a remembered state.
  /// - Throws: `TorchError` if the state belongs to other parameters.
  public func load(_ state: [String: Tensor]) throws {
    var loaded: [String: Moments] = [:]
    for parameter in groups.flatMap(\.parameters) {
      guard let step = state[parameter.name + ".step"], let first = state[parameter.name + ".exp_avg"],
        let second = state[parameter.name + ".exp_avg_sq"]
      else { continue }
      let shape = try parameter.tensor.shape
      guard first.shape == shape, second.shape == shape, let count = try step.values(as: Int64.self).first else {
        throw TorchError.foreignOptimizerState("'\(parameter.name)' has the shape \(shape), not \(first.shape)")
      }
      loaded[parameter.name] = Moments(
        stepCount: Int(count), first: try TorchTensor(first, in: parameter.tensor.library),
        second: try TorchTensor(second, in: parameter.tensor.library))
    }
    guard loaded.count * 3 == state.count else {
      throw TorchError.foreignOptimizerState("it names parameters that are not here")
    }
    moments = loaded
  }
}
