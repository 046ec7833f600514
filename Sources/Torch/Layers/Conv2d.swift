// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ONNX

/// A two-dimensional convolution, PyTorch's `nn.Conv2d`.
///
/// Input and output are batch × channels × height × width. Parameters: `weight`, output channels × (input channels /
/// groups) × kernel height × kernel width; `bias`, output channels.
public struct Conv2d: Module {
  /// How the window moves.
  public let geometry: ConvolutionGeometry
  /// The window.
  public let kernel: Size2
  private let path: String
  private let weight: StateTensor
  private let bias: StateTensor?

  /// Makes the layer with PyTorch's default initialisation.
  /// - Throws: `TorchError` if a number is below 1, or the groups don't divide the channels.
  public init(
    _ inputChannels: Int, _ outputChannels: Int, kernel: Size2, geometry: ConvolutionGeometry = ConvolutionGeometry(),
    hasBias: Bool = true, in scope: Scope
  ) throws(TorchError) {
    let numbers = [inputChannels, outputChannels, kernel.height, kernel.width, geometry.groups]
    guard numbers.allSatisfy({ $0 >= 1 }), inputChannels % geometry.groups == 0,
      outputChannels % geometry.groups == 0
    else {
      throw TorchError(
        .invalidArgument, "the convolution '\(scope.path)' can't be made",
        because: "\(inputChannels) and \(outputChannels) channels in \(geometry.groups) groups with a window of "
          + "\(kernel.height) × \(kernel.width) are impossible",
        remedy: "use numbers from 1 on and groups that divide both numbers of channels")
    }
    let shape = [outputChannels, inputChannels / geometry.groups, kernel.height, kernel.width]
    let fanIn = shape.dropFirst().reduce(1, *)
    weight = try scope.parameter("weight", shape: shape, .kaimingUniform(fanIn: fanIn))
    let bound = 1 / Double(fanIn).squareRoot()
    bias = hasBias ? try scope.parameter("bias", shape: [outputChannels], .uniform(bound: bound)) : nil
    self.kernel = kernel
    self.geometry = geometry
    path = scope.path
  }

  /// The convolved images.
  public func forward(_ input: Activation, _ mode: ForwardMode) throws -> Activation {
    let result = try input.tensor.convolved(with: weight.tensor, bias: bias?.tensor, geometry: geometry)
    return try input.recording(
      "Conv", at: path, operands: [.state(weight)] + (bias.map { [.state($0)] } ?? []), attributes: attributes,
      result: result)
  }

  private var attributes: [String: AttributeValue] {
    [
      "kernel_shape": kernel.onnx, "strides": geometry.stride.onnx, "dilations": geometry.dilation.onnx,
      "pads": geometry.padding.onnxPads, "group": .int(Int64(geometry.groups)),
    ]
  }
}

extension Size2 {
  /// Height and width, as ONNX orders them.
  var onnx: AttributeValue { .ints([Int64(height), Int64(width)]) }

  /// The same border at both ends: ONNX lists all begins, then all ends.
  var onnxPads: AttributeValue { .ints([Int64(height), Int64(width), Int64(height), Int64(width)]) }
}
