// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import Runtimes
import Tensors
import Testing

@Suite("LiteRT", .enabled(if: isLiteRTHere, Comment(rawValue: whyNoLiteRT)))
struct LiteRTTests {
  let runtime: LiteRTRuntime

  init() throws { runtime = try LiteRTRuntime(.init()) }

  private func floats(_ value: ModelValue?) throws -> [Float] { try value?.tensor?.values() ?? [] }

  private func vector(_ values: [Float]) throws -> ModelValue { .tensor(try Tensor(values, shape: [values.count])) }

  @Test func `gives inputs and outputs in the graph's order, under the names of the signature`() throws {
    let model = try runtime.compile(Fixture.liteRT("swapped"))
    #expect(model.inputs.map(\.name) == ["a", "b"])
    #expect(model.outputs.map(\.name) == ["sum", "product"])
    let (a, b) = (
      try Tensor((0..<6).map(Float.init), shape: [2, 3]), try Tensor([Float](repeating: 2, count: 6), shape: [2, 3])
    )
    let outputs = try model.run([.tensor(a), .tensor(b)])
    #expect(try floats(outputs.first) == [2, 3, 4, 5, 6, 7])
    #expect(try floats(outputs.last) == [0, 2, 4, 6, 8, 10])
  }

  @Test(arguments: LiteRTRuntime.Kernels.allCases)
  func `gives outputs that are inputs, constants, or there twice`(kernels: LiteRTRuntime.Kernels) throws {
    let model = try LiteRTRuntime(.init(kernels: kernels)).compile(Fixture.liteRT("pass-through"))
    #expect(model.outputs.map(\.name) == ["c", "same", "k", "again"])
    let outputs = try model.run([vector([1, 2]), vector([10, 20])])
    #expect(try outputs.map { try floats($0) } == [[11, 22], [1, 2], [4, 5], [11, 22]])
    let session = try model.makeSession(inputShapes: [[2], [2]])
    try [Float](arrayLiteral: 3, 4).withUnsafeBytes { try session.setInput(0, $0) }
    for _ in 0..<3 { try session.run() }
    #expect(try session.withOutput(1) { bytes, _ in Array(bytes.bindMemory(to: Float.self)) } == [3, 4])
  }

  @Test func `calls the signature that is asked for`() throws {
    let file = try Fixture.liteRT("two-signatures")
    #expect(try runtime.compile(file).configuration["signature"] == "serving_default")
    let other = try LiteRTRuntime(.init(signature: "other")).compile(file)
    #expect(other.inputs.map(\.name) == ["left", "right"] && other.outputs.map(\.name) == ["total"])
    #expect(try floats(other.run([vector([1, 2]), vector([3, 4])]).first) == [4, 6])
    let error = #expect(throws: GalleyError.self) {
      try LiteRTRuntime(.init(signature: "othr")).compile(file)
    }
    #expect(error?.exitCode == .configuration)
    #expect(error?.why == "it has no signature 'othr', only serving_default, other; did you mean 'other'?")
  }

  @Test func `takes the names of the tensors if a file has no signatures`() throws {
    let model = try runtime.compile(Fixture.liteRT("small_f32_nosig"))
    #expect(model.inputs.count == 1 && model.inputs.first?.name.isEmpty == false)
    #expect(model.configuration["signature"] == nil)
    let error = #expect(throws: GalleyError.self) {
      try LiteRTRuntime(.init(signature: "main")).compile(Fixture.liteRT("small_f32_nosig"))
    }
    #expect(error?.why == "it has no signatures, and 'main' was asked for")
  }

  @Test func `tells for what the whole numbers of a quantized model stand`() throws {
    let model = try runtime.compile(Fixture.liteRT("quantized"))
    #expect(model.inputs.first?.quantization == Quantization(scale: 0.5, zeroPoint: 3))
    #expect(model.outputs.first?.quantization == Quantization(scale: 1, zeroPoint: -7))
    #expect(try runtime.compile(Fixture.liteRT("affine")).inputs.first?.quantization == nil)
    // 2 * (5 - 3) * 0.5 = 2, stored as 2 - 7.
    let tensor = try Tensor([Int8](repeating: 5, count: 4), shape: [1, 4])
    #expect(try model.run([.tensor(tensor)]).first?.tensor?.values(as: Int8.self) == [-5, -5, -5, -5])
  }

  @Test func `runs tensors without elements`() throws {
    let model = try runtime.compile(Fixture.liteRT("add-empty"))
    let empty = ModelValue.tensor(try Tensor([Float](), shape: [0, 3]))
    for _ in 0..<2 { #expect(try model.run([empty, empty]) == [empty]) }
    let session = try model.makeSession(inputShapes: [[0, 3], [0, 3]])
    try session.run()
    #expect(try session.withOutput(0) { bytes, shape in bytes.isEmpty && shape == [0, 3] })
  }

  @Test func `takes and gives texts, however long`() throws {
    let model = try runtime.compile(Fixture.liteRT("texts"))
    let long = String(repeating: "galley ", count: 100_000)
    for texts in [["one"], ["", "zwölf 🚢", "a\0b"], [long, long]] {
      let outputs = try model.run([.strings(StringTensor(texts, shape: [texts.count]))])
      #expect(outputs == [.strings(try StringTensor(texts + texts, shape: [2 * texts.count]))])
    }
    let grid = try runtime.compile(Fixture.liteRT("text-grid"))
    let outputs = try grid.run([.strings(StringTensor(["a", "", "bc", "d"], shape: [2, 2]))])
    #expect(outputs == [.strings(try StringTensor(["a", "", "bc", "d"], shape: [4]))])
  }

  @Test func `starts each session and run anew, and keeps a session's state`() throws {
    let model = try runtime.compile(Fixture.liteRT("counter"))
    let one: [Float] = [1]
    for _ in 0..<2 {
      let session = try model.makeSession(inputShapes: [[1, 1]])
      try one.withUnsafeBytes { try session.setInput(0, $0) }
      for count in 1...3 {
        try session.run()
        #expect(try session.withOutput(0) { bytes, _ in bytes.load(as: Float.self) } == Float(count))
      }
      #expect(try floats(model.run([.tensor(Tensor(one, shape: [1, 1]))]).first) == [1])
    }
  }

  @Test func `records what it uses`() throws {
    let model = try LiteRTRuntime(.init(threads: 2)).compile(Fixture.liteRT("small_f32"))
    #expect(
      model.configuration == [
        "threads": "2", "kernels": "xnnpack", "accelerator": "cpu", "fullyAccelerated": "true",
        "accelerators": "CpuAccelerator", "signature": "serving_default",
      ])
    let builtin = try LiteRTRuntime(.init(kernels: .builtin)).compile(Fixture.liteRT("small_f32"))
    #expect(builtin.configuration["fullyAccelerated"] == "false")
    let record = try LiteRTRuntime.record()
    #expect(record.name == "litert" && record.libraryDigest != nil)
    #expect(try LiteRTRuntime.accelerators() == ["CpuAccelerator"])
  }

  @Test func `keeps packed weights, a file for each model`() throws {
    try withTemporaryFolder { folder in
      let cache = folder + "/weights"
      let runtime = try LiteRTRuntime(.init(weightCache: cache))
      let input = ModelValue.tensor(try Tensor(zeros: .float32, shape: [1, 32, 32, 3]))
      let plain = try self.runtime.compile(Fixture.liteRT("small_f32")).run([input])
      for _ in 0..<2 { #expect(try runtime.compile(Fixture.liteRT("small_f32")).run([input]) == plain) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: cache).count == 1)
      _ = try runtime.compile(Fixture.liteRT("small_f32_dyn")).run([input])
      #expect(try FileManager.default.contentsOfDirectory(atPath: cache).count == 2)
    }
  }

  @Test(arguments: [LiteRTRuntime.Kernels.xnnpack, .builtin])
  func `profiles the operators`(kernels: LiteRTRuntime.Kernels) throws {
    let input = ModelValue.tensor(try Tensor(zeros: .float32, shape: [1, 32, 32, 3]))
    let timings = try LiteRTRuntime(.init(kernels: kernels))
      .profile(Fixture.liteRT("small_f32"), inputs: [input], repetitions: 20)
    #expect(timings.count >= 19)
    #expect(timings.allSatisfy { $0.executor == (kernels == .xnnpack ? "delegate" : "builtin") })
    #expect(timings.contains { $0.operatorType == (kernels == .xnnpack ? "Softmax (NC, F32)" : "SOFTMAX") })
  }
}
