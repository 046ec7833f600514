// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Runtimes
import Tensors
import Testing

@Suite("OpenVINO", .enabled(if: isOpenVINOHere, Comment(rawValue: whyNoOpenVINO)))
struct OpenVINOTests {
  let runtime: OpenVINORuntime

  init() throws { runtime = try OpenVINORuntime(.init()) }

  private struct Expectation: Decodable {
    var x: [Float]
    var y: [Float]
  }

  private func expectation() throws -> Expectation {
    try JSONDecoder().decode(Expectation.self, from: Data(contentsOf: URL(filePath: Fixture.path("dense.json"))))
  }

  @Test(arguments: ["dense.onnx", "dense.xml", "dense.tflite"])
  func `gives what Python's onnxruntime gives, whatever the file's format`(name: String) throws {
    let expected = try expectation()
    let session = try runtime.compile(OpenVINOFixture.model(name)).makeSession(inputShapes: [[2, 4]])
    try session.set(0, expected.x)
    try session.run()
    let (values, shape) = try session.values(0)
    #expect(shape == [2, 3])
    for (value, expected) in zip(values, expected.y) { #expect(abs(value - expected) <= 1e-6) }
  }

  @Test(arguments: [("dense.onnx", ModelFormat.onnx), ("dense.tflite", .tflite)])
  func `reads a file whose name has no suffix`(name: String, format: ModelFormat) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/0123456789abcdef"
      try FileManager.default.copyItem(atPath: OpenVINOFixture.path(name), toPath: path)
      let model = try runtime.compile(OpenVINOFixture.model(at: path, format: format))
      #expect(model.outputs.map(\.name) == ["y"])
    }
  }

  @Test func `describes inputs and outputs with open dimensions`() throws {
    let model = try runtime.compile(OpenVINOFixture.model("dense.onnx"))
    #expect(model.inputs == [ValueSpec(name: "x", kind: .tensor(.float32, shape: [nil, 4]))])
    #expect(model.outputs == [ValueSpec(name: "y", kind: .tensor(.float32, shape: [nil, 3]))])
  }

  @Test func `names ports that have no names by their places`() throws {
    let model = try runtime.compile(OpenVINOFixture.model("unnamed.xml"))
    #expect(model.inputs.map(\.name) == ["input0", "input1"])
    #expect(model.outputs.map(\.name) == ["output0", "output1"])
    let four = try Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    let ones = try Tensor([1, 1, 1, 1] as [Float], shape: [2, 2])
    let outputs = try model.run([.tensor(four), .tensor(ones)])
    #expect(try outputs.map { try $0.tensor?.values(as: Float.self) } == [[2, 3, 4, 5], [0, 1, 2, 3]])
  }

  @Test(arguments: [false, true]) func `takes several shapes, one session each`(fixed: Bool) throws {
    let runtime = try OpenVINORuntime(.init(fixedShapes: fixed))
    let model = try runtime.compile(OpenVINOFixture.model("open-shapes.onnx"))
    for (m, k, n) in [(1, 1, 1), (2, 3, 4), (5, 1, 2), (2, 3, 4), (0, 3, 2)] {
      let session = try model.makeSession(inputShapes: [[m, k], [k, n], []])
      try session.set(0, [Float](repeating: 2, count: m * k))
      try session.set(1, [Float](repeating: 3, count: k * n))
      try session.set(2, [Float(1.5)])
      for _ in 0..<2 { try session.run() }
      let (product, shape) = try session.values(0)
      #expect(shape == [m, n])
      #expect(product == [Float](repeating: Float(6 * k), count: m * n))
      let (scalar, scalarShape) = try session.values(1)
      #expect(scalar == [3] && scalarShape == [])
    }
  }

  @Test func `gives outputs that no operator computes: an input and a constant`() throws {
    let session = try runtime.compile(OpenVINOFixture.model("pass-through.onnx")).makeSession(inputShapes: [[1, 3]])
    for values: [Float] in [[-1, 2, 3], [4, -5, 6]] {
      try session.set(0, values)
      try session.run()
      #expect(try session.values(0).values == values.map { max($0, 0) })
      #expect(try session.values(1).values == values)
      #expect(try session.values(2).values == [4, 5])
    }
  }

  @Test func `runs a model with several inputs, outputs and element types`() throws {
    let model = try runtime.compile(OpenVINOFixture.model("two-inputs.onnx"))
    let session = try model.makeSession(inputShapes: [[2, 3], [2, 3]])
    try session.set(0, [1, 2, 3, 4, 5, 6] as [Int64])
    try session.set(1, [10, 20, 30, -40, 50, 60] as [Int64])
    try session.run()
    #expect(try session.values(0, as: Int64.self).values == [11, 22, 33, -36, 55, 66])
    #expect(try session.values(1, as: Int8.self).values == [11, 22, 33, -36, 55, 66])
  }

  @Test func `carries every element type from an input to an output`() throws {
    let model = try runtime.compile(OpenVINOFixture.model("element-types.onnx"))
    let inputs = try model.inputs.map { spec throws -> Tensor in
      let spec = try #require(spec.tensor)
      return try Tensor(elementType: spec.elementType, shape: [2, 3], bytes: Self.ones(spec.elementType))
    }
    let outputs = try model.run(inputs.map(ModelValue.tensor))
    #expect(outputs.count == 13)
    for (input, output) in zip(inputs, outputs) { #expect(try output == .tensor(input.reshaped([6]))) }
  }

  /// Six times the number one.
  private static func ones(_ type: ElementType) -> [UInt8] {
    let one: [UInt8] =
      switch type {
      case .float16: [0x00, 0x3c]
      case .bfloat16: [0x80, 0x3f]
      case .float32: [0, 0, 0x80, 0x3f]
      case .float64: [0, 0, 0, 0, 0, 0, 0xf0, 0x3f]
      default: [1] + [UInt8](repeating: 0, count: type.byteCount - 1)
      }
    return (0..<6).flatMap { _ in one }
  }

  @Test func `reads an output whose shape depends on the data, again after each run`() throws {
    let session = try runtime.compile(OpenVINOFixture.model("nonzero.onnx")).makeSession(inputShapes: [[5]])
    #expect(galleyError { _ = try session.values(0, as: Int64.self) }?.why == "the model hasn't run yet")
    for (input, expected) in [([0, 1, 0, 2, 3], [1, 3, 4]), ([0, 0, 0, 0, 0], []), ([9, 0, 0, 0, 0], [0])] {
      try session.set(0, input.map(Float.init))
      try session.run()
      let (positions, shape) = try session.values(0, as: Int64.self)
      #expect(positions.map(Int.init) == expected)
      #expect(shape == [1, expected.count])
    }
  }

  @Test func `takes a batch of nothing`() throws {
    let model = try runtime.compile(OpenVINOFixture.model("dense.onnx"))
    let outputs = try model.run([.tensor(Tensor(zeros: .float32, shape: [0, 4]))])
    #expect(outputs.first?.tensor?.shape == [0, 3])
  }

  @Test func `binds inputs at 64 bytes, and outputs stay where they are`() throws {
    let session = try runtime.compile(OpenVINOFixture.model("dense.tflite")).makeSession(inputShapes: [[2, 4]])
    #expect(try session.withInput(0) { bytes, _ in UInt(bitPattern: bytes.baseAddress) } % 64 == 0)
    let addresses = try (0..<3).map { _ in
      try session.run()
      return try session.withOutput(0) { bytes, _ in UInt(bitPattern: bytes.baseAddress) }
    }
    #expect(Set(addresses).count == 1)
    #expect(try session.values(0).values.contains { $0 != 0 })
  }

  @Test func `a session keeps its model alive`() throws {
    func open() throws -> any InferenceSession {
      try runtime.compile(OpenVINOFixture.model("dense.onnx")).makeSession(inputShapes: [[1, 4]])
    }
    let session = try open()
    for _ in 0..<100 { try session.run() }
    #expect(try session.values(0).values.allSatisfy(\.isFinite))
  }

  @Test func `several models run at once, each on its own thread`() async throws {
    let runtime = runtime
    try await withThrowingTaskGroup(of: [Float].self) { group in
      for scale in 1...4 {
        group.addTask {
          let model = try runtime.compile(OpenVINOFixture.model("pass-through.onnx"))
          let session = try model.makeSession(inputShapes: [[1, 3]])
          try session.set(0, [Float](repeating: Float(scale), count: 3))
          for _ in 0..<500 { try session.run() }
          return try session.values(0).values.map { $0 / Float(scale) }
        }
      }
      for try await values in group { #expect(values == [1, 1, 1]) }
    }
  }
}
