// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Galley
import Runtimes
import Tensors
import Testing

@Suite("OpenVINO refuses", .enabled(if: isOpenVINOHere, Comment(rawValue: whyNoOpenVINO)))
struct OpenVINORefusalTests {
  let runtime: OpenVINORuntime

  init() throws { runtime = try OpenVINORuntime(.init()) }

  @Test func `a missing model and a folder`() throws {
    var model = try OpenVINOFixture.model("dense.onnx")
    model.path = "/nowhere/model.onnx"
    let refusal = galleyError { _ = try runtime.compile(model) }
    #expect(refusal?.exitCode == .missingInput)
    #expect(refusal?.place == "/nowhere/model.onnx")
    #expect(refusal?.why == "No such file or directory")
    model.path = "/tmp"
    #expect(galleyError { _ = try runtime.compile(model) }?.why == "it is not a file")
  }

  @Test(arguments: [0, 1, 100, 190]) func `a truncated ONNX file, in OpenVINO's words`(length: Int) throws {
    try refuse("dense.onnx", "short.onnx", cutTo: length)
  }

  @Test(arguments: [0, 30, 1000, 3000]) func `a truncated IR file, in OpenVINO's words`(length: Int) throws {
    try refuse("dense.xml", "short.xml", cutTo: length)
  }

  @Test(arguments: [0, 7, 200, 400]) func `a truncated TensorFlow Lite file, in OpenVINO's words`(length: Int) throws {
    try refuse("dense.tflite", "short.tflite", cutTo: length)
  }

  private func refuse(_ name: String, _ short: String, cutTo length: Int) throws {
    let whole = try Data(contentsOf: URL(filePath: OpenVINOFixture.path(name)))
    try withTemporaryFolder { folder in
      let path = folder + "/" + short
      try whole.prefix(length).write(to: URL(filePath: path))
      let refusal = galleyError { _ = try runtime.compile(OpenVINOFixture.model(at: path)) }
      #expect(refusal?.exitCode == .badData)
      #expect(refusal?.place == path)
      #expect(refusal?.why.hasPrefix("OpenVINO says: ") == true)
      #expect(refusal?.why.contains("\n") == false)
    }
  }

  @Test func `an IR file without its weights`() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/alone.xml"
      try FileManager.default.copyItem(atPath: OpenVINOFixture.path("dense.xml"), toPath: path)
      let refusal = galleyError { _ = try runtime.compile(OpenVINOFixture.model(at: path)) }
      #expect(refusal?.why.contains("bin file cannot be found") == true)
    }
  }

  @Test func `a file whose bytes are another format than it is said to be`() throws {
    var model = try OpenVINOFixture.model("dense.tflite")
    model.format = .onnx
    let refusal = galleyError { _ = try runtime.compile(model) }
    #expect(refusal?.exitCode == .badData)
    #expect(refusal?.why == "it is said to be onnx, and its bytes are those of tflite")
  }

  @Test func `a foreign file`() throws {
    #expect(galleyError { _ = try runtime.compile(Fixture.model("ORIGIN.md")) }?.exitCode == .badData)
  }

  @Test func `an operator that nobody knows, by its name`() throws {
    let refusal = galleyError { _ = try runtime.compile(OpenVINOFixture.model("unknown-operator.onnx")) }
    #expect(refusal?.why.contains("org.nobody.Frobnicate") == true)
  }

  @Test func `an input of any rank, in OpenVINO's words`() throws {
    let refusal = galleyError { _ = try runtime.compile(OpenVINOFixture.model("open-rank.onnx")) }
    #expect(refusal?.why.contains("dynamic rank") == true)
  }

  @Test func `text, before the library can be harmed by it`() throws {
    let refusal = galleyError { _ = try runtime.compile(OpenVINOFixture.model("text.onnx")) }
    #expect(refusal?.exitCode == .badData)
    #expect(refusal?.why.hasPrefix("input 'x': it is text") == true)
  }

  @Test(arguments: [[[2, 5]], [[4]], [[1, 1, 4]], [[-1, 4]]])
  func `a wrong shape, naming both`(shapes: [[Int]]) throws {
    let model = try runtime.compile(OpenVINOFixture.model("dense.onnx"))
    let refusal = galleyError { _ = try model.makeSession(inputShapes: shapes) }
    #expect(refusal?.exitCode == .badData)
    #expect(refusal?.why == "input 'x' has the shape [any, 4], and \(shapes[0]) was given")
  }

  @Test func `shapes that don't fit each other, before OpenVINO reads beyond a tensor`() throws {
    let model = try runtime.compile(OpenVINOFixture.model("open-shapes.onnx"))
    let refusal = galleyError { _ = try model.makeSession(inputShapes: [[2, 3], [4, 2], []]) }
    #expect(refusal?.why.hasPrefix("OpenVINO says: ") == true)
  }

  @Test func `a wrong number of shapes or values`() throws {
    let model = try runtime.compile(OpenVINOFixture.model("two-inputs.onnx"))
    #expect(galleyError { _ = try model.makeSession(inputShapes: [[2, 3]]) }?.exitCode == .badData)
    #expect(galleyError { _ = try model.run([]) }?.why == "0 values were given for 2 inputs")
  }

  @Test func `values of another kind or element type`() throws {
    let model = try runtime.compile(OpenVINOFixture.model("dense.onnx"))
    let integers = try Tensor(zeros: .int32, shape: [1, 4])
    #expect(
      galleyError { _ = try model.run([.tensor(integers)]) }?.why
        == "input 'x' takes a tensor of float32, and a tensor of int32 was given")
    #expect(
      galleyError { _ = try model.run([.sequence([])]) }?.why
        == "input 'x' takes a tensor of float32, and a sequence was given")
  }

  @Test(arguments: [Int64(1) << 31, -(Int64(1) << 31) - 1, Int64.max])
  func `64-bit integers that it would cut to 32 bits`(value: Int64) throws {
    let model = try runtime.compile(OpenVINOFixture.model("two-inputs.onnx"))
    let session = try model.makeSession(inputShapes: [[2, 3], [2, 3]])
    let refusal = galleyError { try session.set(1, [0, 0, value, 0, 0, 0]) }
    #expect(refusal?.why == "it holds \(value), and OpenVINO computes 64-bit integers in 32 bits")
    try session.set(1, [0, 0, Int64(Int32.max), Int64(Int32.min), 0, 0])
    try session.run()
    #expect(try session.values(0, as: Int64.self).values == [0, 0, Int64(Int32.max), Int64(Int32.min), 0, 0])
  }

  @Test func `bytes that don't fill an input, and places that don't exist`() throws {
    let session = try runtime.compile(OpenVINOFixture.model("dense.onnx")).makeSession(inputShapes: [[1, 4]])
    let three: [Float] = [1, 2, 3]
    #expect(
      galleyError { try session.set(0, three) }?.why == "12 bytes were given, and a tensor of shape [1, 4] has 16")
    #expect(galleyError { try session.set(7, three) }?.exitCode == .software)
    #expect(galleyError { try session.withOutput(7) { _, _ in } }?.exitCode == .software)
  }

  @Test(arguments: ["NPU", "TPU.0", ""]) func `a device that isn't here, naming those that are`(device: String) throws {
    let runtime = try OpenVINORuntime(.init(device: device))
    let refusal = galleyError { _ = try runtime.compile(OpenVINOFixture.model("dense.onnx")) }
    #expect(refusal?.exitCode == .configuration)
    #expect(refusal?.remedy?.contains("CPU") == true)
  }

  @Test func `numbers that mean nothing`() {
    #expect(galleyError { _ = try OpenVINORuntime(.init(threads: -1)) }?.place == "threads")
    #expect(galleyError { _ = try OpenVINORuntime(.init(streams: -1)) }?.place == "streams")
    #expect(galleyError { _ = try OpenVINORuntime(.init(requests: -1)) }?.place == "requests")
  }

  @Test func `more threads than it would use`() throws {
    let runtime = try OpenVINORuntime(.init(threads: 1024))
    let refusal = galleyError { _ = try runtime.compile(OpenVINOFixture.model("dense.onnx")) }
    #expect(refusal?.exitCode == .configuration)
    #expect(refusal?.why.hasPrefix("threads 1024 was asked for, and OpenVINO uses ") == true)
  }
}
