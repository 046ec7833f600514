// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

internal import CTorchShim

/// Gradients divided by the root of their mean square, PyTorch's `optim.RMSprop`; weight decay is added to the gradient.
///
/// Source of the update: Tieleman and Hinton, 2012, lecture 6.5 of "Neural Networks for Machine Learning"; centred: Graves,
/// 2013, "Generating Sequences With Recurrent Neural Networks"; in the order of operations of `torch.optim.RMSprop`.
public final class RMSprop: Optimizer {
  /// The length of a step.
  public var learningRate: Double
  /// The parameters that are changed, with their weight decay.
  public let groups: [ParameterGroup]
  /// The share of the previous mean of squares that is kept.
  public let smoothing: Double
  /// Added to the denominator.
  public let epsilon: Double
  /// The share of the previous direction that is kept.
  public let momentum: Double
  /// Whether the mean square is taken around the mean gradient.
  public let isCentered: Bool
  private var squares = OptimizerMemory()
  private var means = OptimizerMemory()
  private var directions = OptimizerMemory()

  /// Creates an optimizer with PyTorch's settings.
  /// - Throws: `TorchError` if a setting is out of bounds.
  public init(
    _ groups: [ParameterGroup], learningRate: Double, smoothing: Double = 0.99, epsilon: Double = 1e-8,
    momentum: Double = 0, isCentered: Bool = false
  ) throws(TorchError) {
    guard learningRate >= 0, epsilon >= 0, (0...1).contains(smoothing), (0...1).contains(momentum),
      groups.allSatisfy({ $0.weightDecay >= 0 })
    else {
      throw TorchError(
        .invalidArgument, "RMSprop can't be made",
        because: "learning rate \(learningRate), smoothing \(smoothing), momentum \(momentum) or epsilon \(epsilon) "
          + "are out of bounds",
        remedy: "use numbers from 0 on, and shares from 0 to 1")
    }
    self.groups = groups
    self.learningRate = learningRate
    self.smoothing = smoothing
    self.epsilon = epsilon
    self.momentum = momentum
    self.isCentered = isCentered
  }

  /// Changes every parameter that has a gradient, once.
  public func step() throws {
    for group in groups {
      let parameters = try group.parameters.withGradients()
      let squares = try squares.of(parameters)
      let means = isCentered ? try means.of(parameters) : []
      let directions = momentum > 0 ? try directions.of(parameters) : []
      let settings = galley_torch_rmsprop(
        learning_rate: learningRate, smoothing: smoothing, epsilon: epsilon, weight_decay: group.weightDecay,
        momentum: momentum, is_centered: isCentered ? 1 : 0)
      try parameters.withTorch("a step of RMSprop") { api, list in
        squares.withTorchTensors { squares in
          means.withTorchTensors { means in
            directions.withTorchTensors { api.rmsprop_step(list, squares, means, $0, settings) }
          }
        }
      }
    }
  }

  /// What is remembered between steps: for each parameter `square_avg`, and `grad_avg` and `momentum_buffer` if the
  /// settings need them.
  public func state() throws -> [String: Tensor] {
    try squares.saved(".square_avg").merging(means.saved(".grad_avg")) { kept, _ in kept }
      .merging(directions.saved(".momentum_buffer")) { kept, _ in kept }
  }

  /// Goes on from a remembered state.
  /// - Throws: `TorchError` if the state belongs to other parameters or settings.
  public func load(_ state: [String: Tensor]) throws {
    let squares = try OptimizerMemory(state, ".square_avg", for: parameters)
    let means = try OptimizerMemory(state, ".grad_avg", for: parameters)
    let directions = try OptimizerMemory(state, ".momentum_buffer", for: parameters)
    guard means.count == (isCentered ? squares.count : 0), directions.count == (momentum > 0 ? squares.count : 0),
      squares.count + means.count + directions.count == state.count
    else { throw TorchError.foreignOptimizerParameters }
    (self.squares, self.means, self.directions) = (squares, means, directions)
  }
}
