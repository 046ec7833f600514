// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ONNX
internal import Tensors

/// Batch normalisation of images, PyTorch's `nn.BatchNorm2d`.
public typealias BatchNorm2d = BatchNorm

/// Batch normalisation of series and vectors, PyTorch's `nn.BatchNorm1d`.
public typealias BatchNorm1d = BatchNorm

/// Batch normalisation of anything whose second dimension is the channels (Ioffe and Szegedy, 2015, "Batch
/// Normalization").
///
/// In training it uses the batch's own mean and variance for each channel, and moves `running_mean` and `running_var`
/// by `momentum` towards them; in evaluation it uses those.
public struct BatchNorm: Module {
  /// The weight of a new batch in the running statistics, 0 to 1.
  public let momentum: Double
  /// Added to the variance.
  public let epsilon: Double
  private let path: String
  private let weight, bias, runningMean, runningVariance, batchCount: StateTensor

  /// Makes the layer: scale 1, shift 0, running mean 0, running variance 1.
  /// - Throws: `TorchError` if the number of channels is below 1.
  public init(_ channels: Int, momentum: Double = 0.1, epsilon: Double = 1e-5, in scope: Scope) throws {
    guard channels >= 1 else {
      throw TorchError(
        .invalidArgument, "the normalisation '\(scope.path)' can't be made", because: "it has \(channels) channels",
        remedy: "use at least one")
    }
    weight = try scope.parameter("weight", shape: [channels], .constant(1))
    bias = try scope.parameter("bias", shape: [channels], .constant(0))
    runningMean = try scope.buffer("running_mean", Tensor(zeros: .float32, shape: [channels]))
    runningVariance = try scope.buffer(
      "running_var", Tensor([Float](repeating: 1, count: channels), shape: [channels]))
    batchCount = try scope.buffer("num_batches_tracked", Tensor(zeros: .int64, shape: []))
    self.momentum = momentum
    self.epsilon = epsilon
    path = scope.path
  }

  /// The normalised input, of the same shape.
  public func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    let result = try input.tensor.batchNormalized(
      weight: weight.tensor, bias: bias.tensor, runningMean: runningMean.tensor,
      runningVariance: runningVariance.tensor, isTraining: mode == .training, momentum: momentum, epsilon: epsilon)
    if mode == .training { try batchCount.tensor.add(1) }
    return try input.recording(
      "BatchNormalization", at: path,
      operands: [.state(weight), .state(bias), .state(runningMean), .state(runningVariance)],
      attributes: ["epsilon": .float(Float(epsilon))], result: result)
  }
}
