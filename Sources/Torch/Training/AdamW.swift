// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

/// Adam with decoupled weight decay, PyTorch's `optim.AdamW`.
///
/// Source of the update: Loshchilov and Hutter, 2019, "Decoupled Weight Decay Regularization", algorithm 2, in the order
/// of operations of `torch.optim.AdamW`.
public final class AdamW: Optimizer {
  /// The length of a step.
  public var learningRate: Double
  private let moments: AdamMoments

  /// Creates an optimizer.
  /// - Throws: `TorchError` if a setting is out of bounds.
  public init(
    _ groups: [ParameterGroup], learningRate: Double, _ settings: AdamSettings = AdamSettings()
  ) throws(TorchError) {
    moments = try AdamMoments(
      "AdamW", groups, learningRate: learningRate, settings, isDecoupled: true)
    self.learningRate = learningRate
  }

  /// The parameters that are changed, with their weight decay.
  public var groups: [ParameterGroup] { moments.groups }

  /// The decays and what else was chosen.
  public var settings: AdamSettings { moments.settings }

  /// Changes every parameter that has a gradient, once.
  public func step() throws { try moments.step(learningRate: learningRate) }

  /// What is remembered between steps: for each parameter `step`, `exp_avg` and `exp_avg_sq`.
  public func state() throws -> [String: Tensor] { try moments.state() }

  /// Goes on from a remembered state.
  /// - Throws: `TorchError` if the state belongs to other parameters.
  public func load(_ state: [String: Tensor]) throws { try moments.load(state) }
}
