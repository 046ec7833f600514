// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Engines
import Galley
import Testing

@Suite struct RegistryTests {
  private let model = ModelReference.architecture(IngredientChoice("small-convnet"))

  @Test(arguments: [[0, 1, 2], [2, 1, 0], [1, 0, 2]])
  func theHighestScoreWinsWhateverTheOrder(order: [Int]) throws {
    let all = [ScriptedBackend("a", score: 1), ScriptedBackend("b", score: 7), ScriptedBackend("c", score: 3)]
    let registry = try BackendRegistry(order.map { all[$0] })
    let (backend, decision) = try registry.decide(.train, model, task: .classification)
    #expect(backend.descriptor.id == "b")
    #expect(decision.answers.map(\.id) == ["a", "b", "c"])
    #expect(!decision.wasGiven)
  }

  @Test func aTieIsAnErrorThatNamesBoth() throws {
    let registry = try BackendRegistry([ScriptedBackend("x", score: 5), ScriptedBackend("y", score: 5)])
    let error = try #require(throws: GalleyError.self) { try registry.decide(.train, model, task: .classification) }
    #expect(error.why.contains("'x'") && error.why.contains("'y'") && error.why.contains("equally"))
  }

  @Test func noneIsAnErrorWithEveryReason() throws {
    let registry = try BackendRegistry([
      ScriptedBackend("files", forms: [.file(.onnx)]), ScriptedBackend("judge", verbs: [.test]),
      ScriptedBackend("boxes", tasks: [.detection]),
    ])
    let error = try #require(throws: GalleyError.self) { try registry.decide(.train, model, task: .classification) }
    #expect(error.why.contains("files: files doesn't take an architecture by name"))
    #expect(error.why.contains("judge: judge can't train an architecture by name"))
    #expect(error.why.contains("boxes: boxes can't do classification"))
  }

  @Test func aNamedBackendThatRefusesNamesItsReasonsAndOneThatCan() throws {
    let registry = try BackendRegistry([
      ScriptedBackend("files", forms: [.file(.onnx)]), ScriptedBackend("weak", score: 1), ScriptedBackend("strong"),
    ])
    #expect(try registry.decide(.train, model, task: .classification, named: "weak").backend.descriptor.id == "weak")
    let error = try #require(throws: GalleyError.self) {
      try registry.decide(.train, model, task: .classification, named: "files")
    }
    #expect(error.why.contains("doesn't take an architecture"))
    #expect(error.remedy?.contains("'strong'") == true)
  }

  @Test func anUnknownBackendNamesTheNearest() throws {
    let registry = try BackendRegistry([ScriptedBackend("libtorch"), ScriptedBackend("runtimes")])
    let error = try #require(throws: GalleyError.self) { try registry.backend("libtroch") }
    #expect(error.remedy == "Did you mean 'libtorch'?")
  }

  @Test func twoOfOneIdAreRefused() {
    #expect(throws: GalleyError.self) { try BackendRegistry([ScriptedBackend("a"), ScriptedBackend("a")]) }
  }

  @Test func anOptionThatTheBackendCannotHonourIsRefusedBeforeWork() async throws {
    let folder = try TemporaryFolder()
    let registry = try BackendRegistry([
      ScriptedBackend("slow", score: 20, refusals: [.train: ["mixup": "it mixes nothing"]]),
      ScriptedBackend("other", score: 1),
    ])
    let engine = try Engine(
      model: ModelSource("small-convnet", among: registry), data: DataSource(folder.images(["a": 9, "b": 9])),
      workspace: EngineWorkspace(folder.path + "/work"), backends: registry)
    var options = TrainOptions()
    options.mixup = 0.2
    let error = try await #require(throws: GalleyError.self) { try await engine.train(ChosenOptions(options)) }
    #expect(error.place == "train.mixup")
    #expect(error.why.contains("'slow'") && error.why.contains("it mixes nothing"))
    #expect(error.remedy?.contains("--backend other") == true)
    #expect(engine.workspace.runs().isEmpty)
  }

  @Test func ownOptionsStandUnderTheBackendsId() async throws {
    let folder = try TemporaryFolder()
    let own = [EngineVerb.train: [OptionDeclaration("benchmark", .bool, default: false, help: "Try kernels.")]]
    let registry = try BackendRegistry([
      ScriptedBackend("torch", score: 20, options: own), ScriptedBackend("other", score: 1),
    ])
    let engine = try Engine(
      model: .automatic, data: DataSource(folder.images(["a": 9, "b": 9])),
      workspace: EngineWorkspace(folder.path + "/work"), backends: registry)
    func plan(_ group: [String: ConfigurationValue]) async throws -> EnginePlan {
      try await engine.plan(EngineWork(.train, given: ["backend": .map(group)]))
    }
    let value = try await plan(["torch": .map(["benchmark": true])]).value("train.backend.torch.benchmark")
    #expect(value?.value == true && value?.origin == .given)
    let typo = try await #require(throws: GalleyError.self) { _ = try await plan(["torch": .map(["benchmrak": true])]) }
    #expect(typo.why.contains("did you mean benchmark"))
    let stranger = try await #require(throws: GalleyError.self) { _ = try await plan(["troch": .map([:])]) }
    #expect(stranger.remedy == "Did you mean 'torch'?")
    let idle = try await #require(throws: GalleyError.self) { _ = try await plan(["other": .map([:])]) }
    #expect(idle.why.contains("'torch'"))
  }

  @Test func anUnknownOptionNamesTheNearest() throws {
    let error = try #require(throws: GalleyError.self) { try EngineWork(.train, given: ["precison": "fp32"]) }
    #expect(error.why.contains("did you mean precision"))
  }
}
