// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

internal import CTorchShim

/// Stochastic gradient descent with momentum and Nesterov's variant, PyTorch's `optim.SGD`.
///
/// Source of the update: the algorithm in the documentation of `torch.optim.SGD`. Weight decay is added to the gradient.
public final class SGD: Optimizer {
  /// The length of a step.
  public var learningRate: Double
  /// The parameters that are changed, with their weight decay.
  public let groups: [ParameterGroup]
  /// The share of the previous direction that is kept, 0 to 1.
  public let momentum: Double
  /// The share of the gradient that doesn't enter the direction.
  public let dampening: Double
  /// Whether the gradient is looked at ahead of the momentum.
  public let isNesterov: Bool
  /// Whether LibTorch's fused kernel makes the steps: faster for large networks; it rounds in another order.
  public let isFused: Bool
  private var directions = OptimizerMemory()

  /// Creates an optimizer.
  /// - Throws: `TorchError` if a setting is out of bounds; Nesterov's variant needs momentum and no dampening.
  public init(
    _ groups: [ParameterGroup], learningRate: Double, momentum: Double = 0, dampening: Double = 0,
    isNesterov: Bool = false, isFused: Bool = false
  ) throws(TorchError) {
    guard learningRate >= 0, (0...1).contains(momentum), !isNesterov || (momentum > 0 && dampening == 0),
      groups.allSatisfy({ $0.weightDecay >= 0 })
    else {
      throw TorchError(
        .invalidArgument, "SGD can't be made",
        because: "learning rate \(learningRate), momentum \(momentum), dampening \(dampening), Nesterov "
          + "\(isNesterov) don't go together",
        remedy: "use numbers from 0 on, and momentum above 0 without dampening for Nesterov's variant")
    }
    self.groups = groups
    self.learningRate = learningRate
    self.momentum = momentum
    self.dampening = dampening
    self.isNesterov = isNesterov
    self.isFused = isFused
  }

  /// Changes every parameter that has a gradient, once.
  public func step() throws {
    for group in groups {
      let parameters = try group.parameters.withGradients()
      let (fresh, known) = (parameters.filter(directions.isNew), parameters.filter { !directions.isNew($0) })
      try step(fresh, isFirst: true, weightDecay: group.weightDecay)
      try step(known, isFirst: false, weightDecay: group.weightDecay)
    }
  }

  private func step(_ parameters: [StateTensor], isFirst: Bool, weightDecay: Double) throws(TorchError) {
    let memory = momentum == 0 ? [] : try directions.of(parameters)
    let settings = galley_torch_sgd(
      learning_rate: learningRate, momentum: momentum, dampening: dampening, weight_decay: weightDecay,
      is_nesterov: isNesterov ? 1 : 0, is_first: isFirst ? 1 : 0, is_fused: isFused ? 1 : 0)
    try parameters.withTorch("a step of SGD") { api, list in
      memory.withTorchTensors { api.sgd_step(list, $0, settings) }
    }
  }

  /// What is remembered between steps: each parameter's direction, by its name.
  public func state() throws -> [String: Tensor] { try directions.saved("") }

  /// Goes on from a remembered state.
  /// - Throws: `TorchError` if the state belongs to other parameters.
  public func load(_ state: [String: Tensor]) throws {
    let loaded = try OptimizerMemory(state, "", for: parameters)
    guard loaded.count == state.count else { throw TorchError.foreignOptimizerParameters }
    directions = loaded
  }
}
