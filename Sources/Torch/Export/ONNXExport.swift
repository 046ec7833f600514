// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import ONNX

/// How a module is written as an ONNX graph.
public struct ONNXExportOptions: Sendable, Hashable {
  /// Version of ONNX's operator set: 18 to 21.
  public var opset: Int
  /// Name of the graph's input.
  public var inputName: String
  /// Name of the graph's output.
  public var outputName: String
  /// Name of the graph.
  public var graphName: String
  /// The program that makes the model.
  public var producer: String
  /// The name of the first dimension, whose extent stays open.
  public static let batchDimension = "batch"
  /// The operator sets that export is checked for.
  public static let opsets = 18...21

  /// Creates options.
  public init(
    opset: Int = 18, inputName: String = "input", outputName: String = "logits", graphName: String = "model",
    producer: String = "galley"
  ) {
    self.opset = opset
    self.inputName = inputName
    self.outputName = outputName
    self.graphName = graphName
    self.producer = producer
  }
}

extension Module {
  /// Traces the module in evaluation mode and gives its ONNX model.
  ///
  /// The module runs once on zeros of the given shape. Initializers carry the state-dict names, nodes the modules'
  /// paths; the first dimension stays open under the name `batch`.
  /// - Parameters:
  ///   - inputShape: The shape of one item, without the batch: channels × height × width.
  ///   - library: The library that the module's parameters belong to.
  ///   - options: Names and version.
  /// - Throws: `TorchError` if the module can't be traced, `ONNXError` if the graph breaks a rule of ONNX.
  public func exportONNX(
    inputShape: [Int], in library: TorchLibrary, options: ONNXExportOptions = ONNXExportOptions()
  ) throws -> Model {
    guard ONNXExportOptions.opsets.contains(options.opset) else {
      throw TorchError.notExportable(
        "operator set \(options.opset) isn't supported",
        remedy: "choose one from \(ONNXExportOptions.opsets.lowerBound) to \(ONNXExportOptions.opsets.upperBound)")
    }
    // Two items, so that an extent of 1 can't be mistaken for a dimension that is broadcast.
    let zeros = try TorchTensor.full(0, shape: [2] + inputShape, in: library)
    let trace = GraphTrace(inputName: options.inputName, zeros)
    let output = try library.withoutGradients { try forward(trace.inputActivation, .evaluation) }
    let outputShape = try output.tensor.shape
    guard outputShape.first == 2 else {
      throw TorchError.notExportable(
        "its output of shape \(outputShape) doesn't begin with the batch", remedy: "let the module keep the batch")
    }
    let batch = Dimension.symbolic(ONNXExportOptions.batchDimension)
    let graph = try trace.finish(
      output, inputDimensions: [batch] + inputShape.map(Dimension.fixed), outputName: options.outputName,
      outputDimensions: [batch] + outputShape.dropFirst().map(Dimension.fixed))
    return try graph.build(graphName: options.graphName, opset: options.opset, producer: options.producer)
  }
}
