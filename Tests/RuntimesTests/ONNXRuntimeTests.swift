// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import FoundationEssentials
import Galley
import Runtimes
import Tensors
import Testing

@Suite("ONNX Runtime", .enabled(if: isONNXRuntimeHere, Comment(rawValue: whyNot)))
struct ONNXRuntimeTests {
  let runtime: ONNXRuntime

  init() throws { runtime = try ONNXRuntime(.init()) }

  private struct Expectation: Decodable {
    var x: [Float]
    var y: [Float]
  }

  private func floats(_ session: any InferenceSession, _ index: Int) throws -> (values: [Float], shape: [Int]) {
    try session.withOutput(index) { bytes, shape in (Array(bytes.bindMemory(to: Float.self)), shape) }
  }

  @Test func `gives what Python's onnxruntime gives`() throws {
    let expected = try JSONDecoder().decode(
      Expectation.self, from: Data(contentsOf: URL(filePath: Fixture.path("dense.json"))))
    let session = try runtime.compile(Fixture.model("dense.onnx")).makeSession(inputShapes: [[2, 4]])
    try expected.x.withUnsafeBytes { try session.setInput(0, $0) }
    try session.run()
    let (values, shape) = try floats(session, 0)
    #expect(shape == [2, 3])
    for (value, expected) in zip(values, expected.y) { #expect(abs(value - expected) <= 1e-6) }
  }

  @Test(arguments: ONNXRuntime.GraphOptimization.allCases, [true, false])
  func `runs at every graph level, spinning or not`(level: ONNXRuntime.GraphOptimization, spinning: Bool) throws {
    let runtime = try ONNXRuntime(.init(threads: 2, graphOptimization: level, spinning: spinning))
    let model = try runtime.compile(Fixture.model("dense.onnx"))
    #expect(model.configuration["graphOptimization"] == level.rawValue)
    #expect(model.configuration["threads"] == "2")
    let session = try model.makeSession(inputShapes: [[1, 4]])
    try session.run()
    #expect(try floats(session, 0).shape == [1, 3])
  }

  @Test func `describes inputs and outputs with open dimensions`() throws {
    let model = try runtime.compile(Fixture.model("dense.onnx"))
    #expect(model.inputs == [ValueSpec(name: "x", kind: .tensor(.float32, shape: [nil, 4]))])
    #expect(model.outputs == [ValueSpec(name: "y", kind: .tensor(.float32, shape: [nil, 3]))])
  }

  @Test func `gives outputs that no operator computes: an input and a constant`() throws {
    let session = try runtime.compile(Fixture.model("pass-through.onnx")).makeSession(inputShapes: [[1, 3]])
    try [Float](arrayLiteral: -1, 2, 3).withUnsafeBytes { try session.setInput(0, $0) }
    for _ in 0..<2 {
      try session.run()
      #expect(try floats(session, 0).values == [0, 2, 3])
      #expect(try floats(session, 1).values == [-1, 2, 3])
      #expect(try floats(session, 2).values == [4, 5])
    }
  }

  @Test func `runs a model with several inputs, outputs and element types`() throws {
    let session = try runtime.compile(Fixture.model("two-inputs.onnx")).makeSession(inputShapes: [[2, 3], [2, 3]])
    try [Int64](arrayLiteral: 1, 2, 3, 4, 5, 6).withUnsafeBytes { try session.setInput(0, $0) }
    try [Int64](arrayLiteral: 10, 20, 30, -40, 50, 60).withUnsafeBytes { try session.setInput(1, $0) }
    try session.run()
    let sums = try session.withOutput(0) { bytes, _ in Array(bytes.bindMemory(to: Int64.self)) }
    let narrow = try session.withOutput(1) { bytes, _ in Array(bytes.bindMemory(to: Int8.self)) }
    #expect(sums == [11, 22, 33, -36, 55, 66])
    #expect(narrow == [11, 22, 33, -36, 55, 66])
  }

  @Test func `reads an output whose shape depends on the data, again after each run`() throws {
    let session = try runtime.compile(Fixture.model("nonzero.onnx")).makeSession(inputShapes: [[5]])
    for (input, expected) in [([0, 1, 0, 2, 3], [1, 3, 4]), ([0, 0, 0, 0, 0], []), ([9, 0, 0, 0, 0], [0])] {
      try input.map(Float.init).withUnsafeBytes { try session.setInput(0, $0) }
      try session.run()
      let (positions, shape) = try session.withOutput(0) { bytes, shape in
        (bytes.bindMemory(to: Int64.self).map(Int.init), shape)
      }
      #expect(positions == expected)
      #expect(shape == [1, expected.count])
    }
  }

  @Test func `a session keeps its model alive`() throws {
    func open() throws -> any InferenceSession {
      try runtime.compile(Fixture.model("dense.onnx")).makeSession(inputShapes: [[1, 4]])
    }
    let session = try open()
    for _ in 0..<100 { try session.run() }
    #expect(try floats(session, 0).values.allSatisfy(\.isFinite))
  }

  @Test func `names its library, version and providers`() throws {
    let record = try ONNXRuntime.record()
    #expect(record.name == "onnxruntime")
    #expect(record.libraryDigest != nil)
    #expect(record.version.split(separator: ".").count == 3)
    #expect(try ONNXRuntime.providers().contains("CPUExecutionProvider"))
  }
}

@Suite("ONNX Runtime refuses", .enabled(if: isONNXRuntimeHere, Comment(rawValue: whyNot)))
struct ONNXRuntimeRefusalTests {
  let runtime: ONNXRuntime

  init() throws { runtime = try ONNXRuntime(.init()) }

  private func error(_ body: () throws -> Void) -> GalleyError? {
    do {
      try body()
      return nil
    } catch {
      return error as? GalleyError
    }
  }

  @Test func `a missing model`() throws {
    let model = ModelFile(
      path: "/nowhere/model.onnx", format: .onnx, digest: .init(of: ""), byteCount: 0)
    let refusal = error { _ = try runtime.compile(model) }
    #expect(refusal?.exitCode == .missingInput)
    #expect(refusal?.place == "/nowhere/model.onnx")
    #expect(refusal?.why == "No such file or directory")
  }

  @Test func `a folder`() throws {
    var model = try Fixture.model("dense.onnx")
    model.path = "/tmp"
    #expect(error { _ = try runtime.compile(model) }?.exitCode == .missingInput)
  }

  @Test(arguments: [0, 1, 100, 190]) func `a truncated model`(length: Int) throws {
    let whole = try Data(contentsOf: URL(filePath: Fixture.path("dense.onnx")))
    try withTemporaryFolder { folder in
      let path = folder + "/short.onnx"
      try whole.prefix(length).write(to: URL(filePath: path))
      let refusal = error { _ = try runtime.compile(Fixture.model(at: path)) }
      #expect(refusal?.exitCode == .badData)
      #expect(refusal?.place == path)
      #expect(refusal?.why.hasPrefix("ONNX Runtime says: ") == true)
    }
  }

  @Test func `a foreign file`() throws {
    let refusal = error { _ = try runtime.compile(Fixture.model("ORIGIN.md")) }
    #expect(refusal?.exitCode == .badData)
  }

  @Test func `another format`() throws {
    var model = try Fixture.model("dense.onnx")
    model.format = .tflite
    #expect(error { _ = try runtime.compile(model) }?.exitCode == .configuration)
  }

  @Test func `a session over texts, naming the input`() throws {
    let model = try runtime.compile(Fixture.model("text.onnx"))
    let refusal = error { _ = try model.makeSession(inputShapes: [[1]]) }
    #expect(refusal?.exitCode == .badData)
    #expect(refusal?.why == "input 'x' is a tensor of texts, and a session takes tensors of numbers")
  }

  @Test(arguments: [[[2, 5]], [[4]], [[1, 1, 4]], [[-1, 4]]])
  func `a wrong shape, naming both`(shapes: [[Int]]) throws {
    let model = try runtime.compile(Fixture.model("dense.onnx"))
    let refusal = error { _ = try model.makeSession(inputShapes: shapes) }
    #expect(refusal?.exitCode == .badData)
    #expect(refusal?.why == "input 'x' has the shape [batch, 4], and \(shapes[0]) was given")
  }

  @Test func `a wrong number of shapes`() throws {
    let model = try runtime.compile(Fixture.model("two-inputs.onnx"))
    #expect(error { _ = try model.makeSession(inputShapes: [[2, 3]]) }?.exitCode == .badData)
  }

  @Test func `bytes that don't fill an input, and inputs that don't exist`() throws {
    let session = try runtime.compile(Fixture.model("dense.onnx")).makeSession(inputShapes: [[1, 4]])
    let three: [Float] = [1, 2, 3]
    let refusal = error { try three.withUnsafeBytes { try session.setInput(0, $0) } }
    #expect(refusal?.why == "12 bytes were given, and a tensor of shape [1, 4] has 16")
    #expect(error { try three.withUnsafeBytes { try session.setInput(7, $0) } }?.exitCode == .software)
    #expect(error { try session.withOutput(7) { _, _ in } }?.exitCode == .software)
  }

  @Test func `no threads`() {
    #expect(error { _ = try ONNXRuntime(.init(threads: 0)) }?.exitCode == .configuration)
  }
}
