// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import FoundationEssentials
import Galley
import Runtimes
import Tensors
import Testing

@Suite("ONNX Runtime's options", .enabled(if: isONNXRuntimeHere, Comment(rawValue: whyNot)))
struct ONNXRuntimeOptionsTests {
  private let input: ModelValue

  init() throws { input = .tensor(try Tensor([Float](repeating: 0.5, count: 8), shape: [2, 4])) }

  private func outputs(_ options: ONNXRuntime.Options) throws -> [ModelValue] {
    try ONNXRuntime(options).compile(Fixture.model("dense.onnx")).run([input])
  }

  @Test(arguments: [
    ONNXRuntime.Options(interOpThreads: 2, executionMode: .parallel), .init(executionMode: .parallel),
    .init(memoryPattern: false), .init(memoryArena: false), .init(memoryPattern: false, memoryArena: false),
    .init(settings: ["session.set_denormal_as_zero=1"]), .init(provider: "CPU"),
    .init(provider: "CPUExecutionProvider"), .init(threads: 3),
  ])
  func `don't change what a model gives`(options: ONNXRuntime.Options) throws {
    #expect(try outputs(options) == outputs(.init()))
  }

  @Test func `are recorded as they are in force`() throws {
    let options = ONNXRuntime.Options(
      threads: 2, interOpThreads: 3, executionMode: .parallel, memoryArena: false,
      settings: ["session.set_denormal_as_zero=1"])
    let configuration = try ONNXRuntime(options).compile(Fixture.model("dense.onnx")).configuration
    #expect(configuration["provider"] == "CPUExecutionProvider" && configuration["executionMode"] == "parallel")
    #expect(configuration["interOpThreads"] == "3" && configuration["memoryArena"] == "false")
    #expect(configuration["session.set_denormal_as_zero"] == "1" && configuration["memoryPattern"] == "true")
  }

  @Test func `leave denormal numbers to the caller as they were`() throws {
    let model = try ONNXRuntime(.init(settings: ["session.set_denormal_as_zero=1"])).compile(
      Fixture.model("dense.onnx"))
    _ = try model.run([input])
    let session = try model.makeSession(inputShapes: [[2, 4]])
    try session.run()
    #expect(Double("5e-324")?.bitPattern == 1)
  }

  @Test func `write the rewritten graph, which gives the same`() throws {
    try withTemporaryFolder { (folder: String) throws in
      let path = folder + "/rewritten.onnx"
      for _ in 0..<2 {
        #expect(try outputs(.init(graphOptimization: .basic, optimizedModel: path)) == outputs(.init()))
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["rewritten.onnx"])
      #expect(try ONNXRuntime(.init()).compile(Fixture.model(at: path)).run([input]) == outputs(.init()))
      // A compilation that fails leaves nothing.
      let other = ONNXRuntime.Options(optimizedModel: folder + "/other.onnx")
      #expect(throws: GalleyError.self) { try ONNXRuntime(other).compile(Fixture.model("ORIGIN.md")) }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["rewritten.onnx"])
    }
  }

  @Test(arguments: [
    (ONNXRuntime.Options(threads: 0), "threads"), (.init(interOpThreads: 0), "interOpThreads"),
    (.init(interOpThreads: 2), "interOpThreads"), (.init(providerOptions: ["a=1"]), "providerOptions"),
    (.init(provider: "cuda", providerOptions: ["device_id"]), "providerOptions"), (.init(settings: ["=1"]), "settings"),
  ])
  func `are refused if they contradict each other`(options: ONNXRuntime.Options, place: String) {
    let refusal = #expect(throws: GalleyError.self) { try ONNXRuntime(options) }
    #expect(refusal?.exitCode == .configuration && refusal?.place == place)
  }

  @Test(arguments: ["nowhere", "CUDAExecutionProvidre"])
  func `refuse a provider that the library lacks, naming those that it has`(provider: String) throws {
    let refusal = #expect(throws: GalleyError.self) { try outputs(.init(provider: provider)) }
    #expect(refusal?.exitCode == .unavailable)
    #expect(refusal?.why.hasSuffix("cpu") == true && refusal?.why.contains("was built without it; it has") == true)
  }

  @Test func `suggest the provider that was meant`() throws {
    let refusal = #expect(throws: GalleyError.self) { try outputs(.init(provider: "azzure")) }
    let hasOthers = try ONNXRuntime.providers() != ["CPUExecutionProvider"]
    #expect(!hasOthers || refusal?.remedy == "Did you mean 'azure'?")
  }

  @Test func `take every provider that the library has, or refuse with its words`() throws {
    for provider in try ONNXRuntime.providers() {
      do {
        let model = try ONNXRuntime(.init(provider: provider)).compile(Fixture.model("dense.onnx"))
        #expect(try model.run([input]) == outputs(.init()))
        #expect(model.configuration["provider"] == provider)
      } catch let error as GalleyError {
        #expect(error.why.hasPrefix("ONNX Runtime says: "))
      }
    }
  }

  @Test func `keep the names of open dimensions`() throws {
    let runtime = try ONNXRuntime(.init())
    let names = ONNXRuntime.dimensionNames(of: try runtime.compile(Fixture.model("dense.onnx")))
    #expect(names == ["x": ["batch", nil], "y": ["batch", nil]])
  }

  @Test func `are those of the card, with the card's defaults`() throws {
    let choice = try IngredientChoice(ONNXRuntime.self, .init())
    #expect(Set(choice.options.keys) == Set(ONNXRuntime.card.options.map(\.name)))
    for option in ONNXRuntime.card.options { #expect(choice.options[option.name] == option.defaultValue) }
  }
}
