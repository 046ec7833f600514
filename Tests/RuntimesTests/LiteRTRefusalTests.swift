// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import Runtimes
import Tensors
import Testing

@Suite("LiteRT refuses", .enabled(if: isLiteRTHere, Comment(rawValue: whyNoLiteRT)))
struct LiteRTRefusalTests {
  let runtime: LiteRTRuntime

  init() throws { runtime = try LiteRTRuntime(.init()) }

  private func error(_ body: () throws -> Void) -> GalleyError? { #expect(throws: GalleyError.self) { try body() } }

  @Test func `two inputs of the same name, on which LiteRT ends the process`() {
    let refusal = error { _ = try runtime.compile(Fixture.liteRT("dupname")) }
    #expect(refusal?.exitCode == .badData)
    #expect(refusal?.why.contains("has two inputs of the name") == true)
  }

  @Test func `an operator that is newer than the library`() {
    let refusal = error { _ = try runtime.compile(Fixture.liteRT("op_badver_f32")) }
    #expect(refusal?.what == "can't compile the model")
    #expect(refusal?.why == "LiteRT says: failure at run time (status 3)")
  }

  @Test func `an operator that nobody knows, with LiteRT's words`() throws {
    let model = try runtime.compile(Fixture.liteRT("custom"))
    let refusal = error { _ = try model.makeSession(inputShapes: [[2]]) }
    #expect(refusal?.why.contains("Encountered unresolved custom op: galley-unknown") == true)
  }

  @Test func `a variable tensor, which LiteRT's interface doesn't take`() {
    let refusal = error { _ = try runtime.compile(Fixture.liteRT("recurrent")) }
    #expect(refusal?.exitCode == .unavailable)
    #expect(refusal?.why.hasPrefix("tensor 'state' keeps its values") == true)
  }

  @Test func `quantization that a kernel doesn't have, with LiteRT's words`() throws {
    let model = try runtime.compile(Fixture.liteRT("op_softmax_wrongq_i8"))
    let refusal = error { _ = try model.makeSession(inputShapes: [[1, 16]]) }
    #expect(refusal?.why.contains("zero_point") == true)
  }

  @Test func `outputs whose shape depends on the data, which it would leave unwritten`() throws {
    let model = try runtime.compile(Fixture.liteRT("nonzero"))
    let session = try model.makeSession(inputShapes: [[5]])
    for _ in 0..<2 {
      let refusal = error { try session.run() }
      #expect(refusal?.exitCode == .unavailable)
      #expect(refusal?.why.hasPrefix("an output's shape depends on the data") == true)
    }
  }

  @Test func `another element type and another kind of value, naming both`() throws {
    let model = try runtime.compile(Fixture.liteRT("pair"))
    let whole = ModelValue.tensor(try Tensor([Int32](0..<6), shape: [2, 3]))
    #expect(error { _ = try model.run([whole, whole]) }?.why == "input 'a' takes float32, and int32 was given")
    #expect(error { _ = try model.run([.absent, .absent]) }?.exitCode == .badData)
  }

  @Test func `an open dimension of zero`() throws {
    let refusal = error {
      _ = try runtime.compile(Fixture.liteRT("affine")).makeSession(inputShapes: [[0, 4]])
    }
    #expect(refusal?.why.contains("[any, 4], [0, 4] was given") == true)
  }

  @Test(arguments: [LiteRTRuntime.Accelerator.gpu, .npu])
  func `an accelerator that the library doesn't offer here, naming those it does`(
    accelerator: LiteRTRuntime.Accelerator
  ) throws {
    let refusal = error {
      _ = try LiteRTRuntime(.init(accelerator: accelerator)).compile(Fixture.liteRT("pair"))
    }
    #expect(refusal?.exitCode == .unavailable)
    #expect(refusal?.why.contains("only CpuAccelerator") == true)
  }

  @Test func `options that contradict each other`() {
    for options: LiteRTRuntime.Options in [
      .init(threads: 0), .init(kernels: .builtin, weightCache: "/tmp"), .init(weightCache: "/tmp/a\"b"),
      .init(delegateOptions: ["a=b"]), .init(accelerator: .gpu, delegate: "/lib.so"),
      .init(delegate: "/lib.so", delegateOptions: ["novalue"]),
    ] {
      #expect(error { _ = try LiteRTRuntime(options) }?.exitCode == .configuration)
    }
  }

  @Test func `a folder for packed weights that can't be made`() {
    let refusal = error {
      _ = try LiteRTRuntime(.init(weightCache: "/nowhere/weights")).compile(Fixture.liteRT("small_f32"))
    }
    #expect(refusal?.exitCode == .cantCreate && refusal?.place == "/nowhere/weights")
  }
}
