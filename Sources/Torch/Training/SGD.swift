// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

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
  /// Whether the gradient is looked at ahead of the momentum.
  public let isNesterov: Bool
  private var directions: [String: TorchTensor] = [:]

  /// Creates an optimizer.
  /// - Throws: `TorchError` if a setting is out of bounds; Nesterov's variant needs momentum.
  public init(
    _ groups: [ParameterGroup], learningRate: Double, momentum: Double = 0, isNesterov: Bool = false
  ) throws(TorchError) {
    guard learningRate >= 0, (0...1).contains(momentum), momentum > 0 || !isNesterov,
      groups.allSatisfy({ $0.weightDecay >= 0 })
    else {
      throw TorchError(
        .invalidArgument, "SGD can't be made",
        because: "learning rate \(learningRate), momentum \(momentum), Nesterov \(isNesterov) don't go together",
        remedy: "use numbers from 0 on, and momentum above 0 for Nesterov's variant")
    }
    self.groups = groups
    self.learningRate = learningRate
    self.momentum = momentum
    self.isNesterov = isNesterov
  }

  /// Changes every parameter that has a gradient, once.
  public func step() throws {
    for group in groups {
      for parameter in group.parameters {
        guard let gradient = try parameter.tensor.gradient else { continue }
        try parameter.tensor.library.withoutGradients {
          try parameter.tensor.add(
            direction(parameter, gradient, weightDecay: group.weightDecay), scaledBy: -learningRate)
        }
      }
    }
  }

  private func direction(
    _ parameter: StateTensor, _ gradient: TorchTensor, weightDecay: Double
  ) throws -> TorchTensor {
    var gradient = gradient
    if weightDecay != 0 {
      gradient = try gradient.cloned()
      try gradient.add(parameter.tensor, scaledBy: weightDecay)
    }
    guard momentum != 0 else { return gradient }
    let direction: TorchTensor
    if let previous = directions[parameter.name] {
      direction = previous
      try direction.scale(by: momentum)
      try direction.add(gradient)
    } else {
      direction = try gradient.cloned()
      directions[parameter.name] = direction
    }
    guard isNesterov else { return direction }
    let ahead = try gradient.cloned()
    try ahead.add(direction, scaledBy: momentum)
    return ahead
  }

  /// What is remembered between steps: each parameter's direction, by its name.
  public func state() throws -> [String: Tensor] {
    try directions.mapValues { try $0.toTensor() }
  }

  /// Goes on from a remembered state.
  /// - Throws: `TorchError` if the state belongs to other parameters.
  public func load(_ state: [String: Tensor]) throws {
    let parameters = groups.flatMap(\.parameters)
    var loaded: [String: TorchTensor] = [:]
    for (name, tensor) in state {
      guard let parameter = parameters.first(where: { $0.name == name }), try parameter.tensor.shape == tensor.shape
      else { throw TorchError.foreignOptimizerState("'\(name)' of shape \(tensor.shape) is no parameter here") }
      loaded[name] = try TorchTensor(tensor, in: parameter.tensor.library)
    }
    directions = loaded
  }
}
