// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Runtimes
import Tensors
import Testing

@Suite("ONNX Runtime's values", .enabled(if: isONNXRuntimeHere, Comment(rawValue: whyNot)))
struct ONNXRuntimeValuesTests {
  let runtime: ONNXRuntime

  init() throws { runtime = try ONNXRuntime(.init()) }

  private func floats(_ values: [Float], _ shape: [Int]) throws -> ModelValue {
    .tensor(try Tensor(values, shape: shape))
  }

  @Test(arguments: [[], [3], [1, 3], [0, 2]]) func `take any shape where the rank is open`(shape: [Int]) throws {
    let model = try runtime.compile(Fixture.model("open-rank.onnx"))
    #expect(model.inputs == [ValueSpec(name: "x", kind: .tensor(.float32, shape: nil))])
    #expect(model.outputs.first?.tensor == nil)
    let count = shape.reduce(1, *)
    let (input, output) = ([Float](repeating: -2, count: count), [Float](repeating: 0, count: count))
    #expect(try model.run([floats(input, shape)]) == [floats(output, shape)])
    let session = try model.makeSession(inputShapes: [shape])
    try input.withUnsafeBytes { try session.setInput(0, $0) }
    for _ in 0..<2 { try session.run() }
    let found = try session.withOutput(0) { bytes, shape in (Array(bytes.bindMemory(to: Float.self)), shape) }
    #expect(found.0 == output && found.1 == shape)
  }

  @Test func `come out of a session only as tensors`() throws {
    let model = try runtime.compile(Fixture.model("split.onnx"))
    #expect(model.outputs == [ValueSpec(name: "parts", kind: .sequence(of: .tensor(.float32, shape: nil)))])
    let parts = try [Float]([1, 2, 3, 4]).map { try floats([$0], [1]) }
    #expect(try model.run([floats([1, 2, 3, 4], [4])]) == [.sequence(parts)])
    let session = try model.makeSession(inputShapes: [[4]])
    try session.run()
    let refusal = #expect(throws: GalleyError.self) { try session.withOutput(0) { _, _ in } }
    #expect(refusal?.why == "it is a sequence, each a float32 tensor, not a tensor of numbers")
  }

  @Test func `of another kind are refused, naming both`() throws {
    let model = try runtime.compile(Fixture.model("dense.onnx"))
    let refusal = #expect(throws: GalleyError.self) {
      try model.run([.strings(StringTensor(["a", "b", "c", "d"], shape: [1, 4]))])
    }
    #expect(refusal?.why == "it takes a float32 tensor, and a tensor of texts of shape [1, 4] was given")
    #expect(refusal?.place?.hasSuffix("dense.onnx, input 'x'") == true)
  }

  @Test func `are profiled by operator`() throws {
    let runtime = try ONNXRuntime(.init(graphOptimization: .none))
    let input = try ModelValue.tensor(Tensor([Int64](1...6), shape: [2, 3]))
    let timings = try runtime.profile(Fixture.model("two-inputs.onnx"), inputs: [input, input], repetitions: 20)
    #expect(timings.map(\.operatorType) == ["Add", "Cast"])
    #expect(timings.allSatisfy { $0.executor == "CPUExecutionProvider" && $0.seconds < 1 })
  }
}
