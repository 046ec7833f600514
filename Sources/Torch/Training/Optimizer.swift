// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Tensors

/// Changes parameters by their gradients.
///
/// `step` computes what PyTorch's optimizer of the same name does, operation by operation.
public protocol Optimizer: AnyObject {
  /// The length of a step; a schedule changes it between steps.
  var learningRate: Double { get set }
  /// The parameters that are changed, with the settings that differ between them.
  var groups: [ParameterGroup] { get }
  /// Changes every parameter that has a gradient, once.
  func step() throws
  /// What the optimizer remembers between steps, by name, to go on later.
  func state() throws -> [String: Tensor]
  /// Goes on from a remembered state.
  /// - Throws: `TorchError` if the state belongs to other parameters.
  func load(_ state: [String: Tensor]) throws
}

/// Parameters that an optimizer treats alike.
public struct ParameterGroup {
  /// The parameters.
  public var parameters: [StateTensor]
  /// How strongly weights are drawn towards 0.
  public var weightDecay: Double

  /// Creates a group; `weightDecay` is at least 0.
  public init(_ parameters: [StateTensor], weightDecay: Double = 0) {
    self.parameters = parameters
    self.weightDecay = weightDecay
  }

  /// Two groups: matrices and kernels decay; vectors (biases, scale and shift of normalisations) don't.
  public static func sparingVectors(_ parameters: [StateTensor], weightDecay: Double) throws -> [ParameterGroup] {
    var (decaying, spared): ([StateTensor], [StateTensor]) = ([], [])
    for parameter in parameters {
      if try parameter.tensor.shape.count > 1 { decaying.append(parameter) } else { spared.append(parameter) }
    }
    return [ParameterGroup(decaying, weightDecay: weightDecay), ParameterGroup(spared)]
  }
}

extension Optimizer {
  /// The parameters of all groups.
  public var parameters: [StateTensor] { groups.flatMap(\.parameters) }

  /// Forgets the gradients of all parameters.
  public func clearGradients() throws(TorchError) { try parameters.clearGradients() }
}

extension TorchError {
  static var foreignOptimizerParameters: TorchError {
    foreignOptimizerState("it is that of other parameters or settings")
  }

  static func foreignOptimizerState(_ reason: String) -> TorchError {
    TorchError(
      .stateMismatch, "the optimizer can't go on from the saved state", because: reason,
      remedy: "use the state of the same optimizer and model, or begin anew")
  }
}
