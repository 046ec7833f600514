// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import PeerSupport
import Runtimes
import Tensors
import Testing

/// Python's openvino, in the virtual environment that `GALLEY_PEERS` names or in `.peers`.
private enum OpenVINOPeer {
  struct Value: Decodable {
    var shape: [Int]
    var bytes: Data
  }

  struct Answer: Decodable {
    var inputs: [Value]
    var outputs: [Value]
  }

  private static let python = PeerPython(orNamedBy: "GALLEY_PEERS")
  static let isPresent = python.finds("openvino")

  static func answers(_ properties: [String: String], _ models: [String]) throws -> [Answer] {
    let words = String(decoding: try JSONEncoder().encode(properties), as: UTF8.self)
    return try python.ask("openvino_peer.py", [words] + models)
  }
}

@Suite(
  "OpenVINO and Python's openvino",
  .enabled(if: isOpenVINOHere, Comment(rawValue: whyNoOpenVINO)),
  .enabled(if: OpenVINOPeer.isPresent, "there is no openvino in .peers; Native/peers.sh installs it"))
struct OpenVINOPeerTests {
  private static let models: [String] = {
    let tests = PeerPython.root.appending(path: "Tests")
    let own = ["dense.onnx", "dense.xml", "dense.tflite", "two-inputs.onnx", "nonzero.onnx", "pass-through.onnx"]
    let networks = ["branches", "depthwise", "perceptron", "plain", "pool-first", "residual"]
    return own.map(OpenVINOFixture.path) + [OpenVINOFixture.path("element-types.onnx")]
      + [OpenVINOFixture.path("open-shapes.onnx"), OpenVINOFixture.path("unnamed.xml")]
      + networks.map { tests.appending(path: "ONNXTests/Fixtures/\($0).onnx").path }
      + ["digits-mlp", "convolutions"].map {
        PeerPython.root.appending(path: "Benchmarks/models/\($0).onnx").path
      }
  }()

  @Test(arguments: [OpenVINORuntime.Precision.float32, .automatic])
  func `give the same bytes for the same files and properties`(precision: OpenVINORuntime.Precision) throws {
    var properties = ["PERFORMANCE_HINT": "LATENCY", "INFERENCE_NUM_THREADS": "1", "ENABLE_CPU_PINNING": "NO"]
    if precision == .float32 { properties["INFERENCE_PRECISION_HINT"] = "f32" }
    let runtime = try OpenVINORuntime(.init(precision: precision))
    for (path, answer) in zip(Self.models, try OpenVINOPeer.answers(properties, Self.models)) {
      let model = try runtime.compile(OpenVINOFixture.model(at: path))
      let inputs = try zip(model.inputs, answer.inputs).map { spec, value in
        ModelValue.tensor(
          try Tensor(elementType: #require(spec.tensor).elementType, shape: value.shape, bytes: Array(value.bytes)))
      }
      let outputs = try model.run(inputs)
      #expect(outputs.count == answer.outputs.count)
      for (output, expected) in zip(outputs, answer.outputs) {
        #expect(output.tensor?.shape == expected.shape, "\(path)")
        #expect(output.tensor?.bytes == Array(expected.bytes), "\(path)")
      }
    }
  }
}
