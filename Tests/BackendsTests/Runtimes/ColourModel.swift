// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import BackendConformance
import Files
import Foundation
import Galley
import Images
import ONNX
import Tensors

/// A model that knows the classes of `BackendData` by their mean colours: an ONNX file made on the spot.
enum ColourModel {
  /// Writes the model into the data's folder.
  /// - Parameters:
  ///   - batch: A fixed number of items; `nil` leaves it open.
  ///   - classes: Scores of an item.
  static func make(
    in folder: String, batch: Int? = nil, classes: Int = 3, name: String = "colours"
  ) throws -> (file: ModelFile, card: ModelCard) {
    let path = "\(folder)/\(name).onnx"
    try AtomicFile.write(model(batch: batch, classes: classes).serialized(), to: path)
    let card = ModelCard(
      input: TensorSpec(name: "input", elementType: .float32, shape: [batch, 3, 8, 8]),
      output: TensorSpec(name: "logits", elementType: .float32, shape: [batch, classes]), scores: .logits,
      preprocessing: BackendData.preprocessing,
      labels: classes == 3 ? BackendData.labels : (0..<classes).map { "\($0)" })
    return (try ModelFile(at: path, format: .onnx), card)
  }

  /// The graph: the mean of each channel, then a linear layer.
  static func model(batch: Int? = nil, classes: Int = 3, opset: Int = 18) throws -> Model {
    let first: ONNX.Dimension = batch.map { .fixed($0) } ?? "batch"
    var graph = GraphBuilder()
    graph.addInput(name: "input", elementType: .float32, dimensions: [first, 3, 8, 8])
    let weights = (0..<classes * 3).map { Float($0 % 3 == $0 / 3 ? 2 : -0.5) }
    graph.addInitializer("weights", try Tensor(weights, shape: [classes, 3]))
    graph.addInitializer("bias", try Tensor((0..<classes).map { Float($0) * 0.1 }, shape: [classes]))
    graph.addNode("GlobalAveragePool", inputs: ["input"], outputs: ["pooled"])
    graph.addNode("Flatten", inputs: ["pooled"], outputs: ["flat"], attributes: ["axis": .int(1)])
    graph.addNode("Gemm", inputs: ["flat", "weights", "bias"], outputs: ["logits"], attributes: ["transB": .int(1)])
    graph.addOutput(name: "logits", elementType: .float32, dimensions: [first, .fixed(classes)])
    return try graph.build(graphName: "colours", opset: opset)
  }

  /// What the model computes, in plain Swift: the scores of prepared inputs.
  static func scores(_ inputs: Tensor) throws -> Tensor {
    let values = try inputs.values(as: Float.self)
    let rows = (0..<inputs.shape[0]).flatMap { item -> [Float] in
      let means = (0..<3).map { channel in
        values[(item * 3 + channel) * 64..<(item * 3 + channel + 1) * 64].reduce(0, +) / 64
      }
      return (0..<3).map { index in
        (0..<3).reduce(Float(index) * 0.1) { $0 + means[$1] * ($1 == index ? 2 : -0.5) }
      }
    }
    return try Tensor(rows, shape: [inputs.shape[0], 3])
  }
}
