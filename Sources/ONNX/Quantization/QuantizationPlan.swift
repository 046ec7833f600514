// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Tensors

/// What a quantization will do to a model, before its ranges are known.
public struct QuantizationPlan: Sendable {
  /// The simplified float model that will be quantized.
  public let source: Model
  /// What to quantize and how.
  public let options: StaticQuantization.Options
  /// Names of the activations whose ranges are needed, in the order of the graph. Some may be inputs of the graph.
  public let observed: [String]
  let planner: QuantizationPlanner

  init(source: Model, options: StaticQuantization.Options, planner: QuantizationPlanner) {
    self.source = source
    self.options = options
    self.planner = planner
    observed = planner.observedRoots.map { planner.representatives[$0] ?? $0 }
  }

  /// What will happen to each node, in the order of the graph.
  public var nodes: [QuantizationReport.NodeEntry] {
    source.proto.graph.node.enumerated().map { position, node in
      let name = node.name.isEmpty ? node.output.first ?? "" : node.name
      let outcome: QuantizationReport.Outcome
      switch planner.decisions[position] {
      case .float(let reason)?: outcome = .float(reason)
      case .fused?: outcome = .fused
      default: outcome = .quantized
      }
      return QuantizationReport.NodeEntry(name: name, operatorType: node.opType, outcome: outcome)
    }
  }

  /// The float model with the observed tensors as further outputs.
  ///
  /// An observed input of the graph becomes an output too, so that each observed name can be fetched.
  public func observing() throws(ONNXError) -> Model {
    var model = source
    let present = Set(model.proto.graph.output.map(\.name))
    for name in observed where !present.contains(name) {
      var output = Onnx_ValueInfoProto()
      output.name = name
      output.type =
        InferredTensor(elementType: .float32, dimensions: planner.tensors[name]?.dimensions).proto ?? .init()
      model.proto.graph.output.append(output)
    }
    return model
  }

  /// The quantized model.
  /// - Parameter ranges: The range of each observed tensor. Ranges are widened to include 0; those of other tensors
  ///   are ignored.
  /// - Throws: `ONNXError` if ranges are missing (all are listed), not finite, or not in order.
  public func quantized(ranges: [String: ActivationRange]) throws(ONNXError) -> Model {
    try quantization(ranges: ranges).model
  }

  /// The quantized model with a report of every scale and zero point.
  /// - Parameter ranges: As for ``quantized(ranges:)``.
  /// - Throws: `ONNXError` as ``quantized(ranges:)`` does.
  public func quantization(
    ranges: [String: ActivationRange]
  ) throws(ONNXError) -> (model: Model, report: QuantizationReport) {
    try requireUsable(ranges)
    var writer = QuantizedGraphWriter(planner, options, ranges: ranges)
    let graph = try writer.write()
    var model = source
    model.proto.graph = graph
    model.removeDeadCode()
    try model.check()
    return (model, QuantizationReport(tensors: writer.entries, nodes: nodes))
  }

  private func requireUsable(_ ranges: [String: ActivationRange]) throws(ONNXError) {
    let missing = observed.filter { ranges[$0] == nil }
    guard missing.isEmpty else {
      throw ONNXError(
        .missingRange, "the model can't be quantized",
        at: "\(missing.count) of \(observed.count) tensors: \(missing.joined(separator: ", "))",
        because: "the calibration gave no range for them",
        remedy: "run the model that observing() gives on calibration samples and pass every range")
    }
    for name in observed {
      guard let range = ranges[name], !range.isUsable else { continue }
      throw ONNXError(
        .invalidRange, "the model can't be quantized", at: "tensor '\(name)'",
        because: "its range \(range.minimum)…\(range.maximum) is not finite or not in order",
        remedy: "look for calibration samples that make the float model overflow")
    }
  }
}
