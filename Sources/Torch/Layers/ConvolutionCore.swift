// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import ONNX

/// What convolutions along any number of dimensions share: their parameters, and how they compute and are exported.
struct ConvolutionCore {
  private let path: String
  private let kernel: [Int]
  private let window: ConvolutionWindow
  private let weight: StateTensor
  private let bias: StateTensor?

  init(
    _ inputChannels: Int, _ outputChannels: Int, kernel: [Int], _ window: ConvolutionWindow, hasBias: Bool,
    in scope: Scope
  ) throws(TorchError) {
    guard ([inputChannels, outputChannels, window.groups] + kernel).allSatisfy({ $0 >= 1 }),
      inputChannels % window.groups == 0, outputChannels % window.groups == 0
    else {
      throw TorchError(
        .invalidArgument, "the convolution '\(scope.path)' can't be made",
        because: "\(inputChannels) and \(outputChannels) channels in \(window.groups) groups with a window of "
          + kernel.map(String.init).joined(separator: " × ") + " are impossible",
        remedy: "use numbers from 1 on and groups that divide both numbers of channels")
    }
    let shape = [outputChannels, inputChannels / window.groups] + kernel
    let fanIn = shape.dropFirst().reduce(1, *)
    weight = try scope.parameter("weight", shape: shape, .kaimingUniform(fanIn: fanIn))
    let bound = 1 / Double(fanIn).squareRoot()
    bias = hasBias ? try scope.parameter("bias", shape: [outputChannels], .uniform(bound: bound)) : nil
    self.kernel = kernel
    self.window = window
    path = scope.path
  }

  func forward(_ input: Activation) throws -> Activation {
    let result = try input.tensor.convolved(with: weight.tensor, bias: bias?.tensor, window: window)
    guard input.isTraced else { return Activation(result) }
    return try input.recording(
      "Conv", at: path, operands: [.state(weight)] + (bias.map { [.state($0)] } ?? []),
      attributes: [
        "kernel_shape": .extents(kernel), "strides": .extents(window.stride), "dilations": .extents(window.dilation),
        "pads": .pads(window.padding), "group": .int(Int64(window.groups)),
      ], result: result)
  }
}

extension AttributeValue {
  /// One number for each dimension that a window moves along.
  static func extents(_ extents: [Int]) -> AttributeValue { .ints(extents.map(Int64.init)) }

  /// The same border at both ends: ONNX lists all begins, then all ends.
  static func pads(_ padding: [Int]) -> AttributeValue { extents(padding + padding) }
}
