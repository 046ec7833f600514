// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Engines
import Foundation
import Galley
import ModelFiles
import Testing

@Suite struct PlanTests {
  private let folder: TemporaryFolder
  private let registry: BackendRegistry

  init() throws {
    folder = try TemporaryFolder()
    registry = try BackendRegistry([ScriptedBackend("scripted")])
  }

  private func engine(_ photos: String, _ model: String = "auto") throws -> Engine {
    try Engine(
      model: ModelSource(model, among: registry), data: DataSource(photos),
      workspace: EngineWorkspace(folder.path + "/work"), backends: registry,
      machine: EngineMachine(cores: 4, memoryBytes: 8 << 30))
  }

  @Test(arguments: [
    (28, 28, "all training images are 28×28"), (96, 96, "all training images are 96×96"),
    (100, 96, "the multiple of 32 not above that"), (20, 20, "all training images are 20×20"),
    (640, 224, "224 is what published weights were made for"),
  ])
  func theInputsSizeComesFromTheData(side: Int, expected: Int, reason: String) async throws {
    let photos = try folder.images(["a": 6, "b": 6], side: side)
    let value = try await engine(photos).plan(.train(ChosenOptions())).value("train.inputSize")
    #expect(value?.value == .int(expected) && value?.origin == .automatic)
    #expect(value?.reason.contains(reason) == true, "\(value?.reason ?? "")")
  }

  @Test(arguments: [(32, "small-convnet"), (64, "small-convnet"), (224, "mobilenet-v3-small")])
  func theArchitectureSuitsTheInput(side: Int, name: String) async throws {
    let photos = try folder.images(["a": 6, "b": 6], side: side)
    let value = try await engine(photos).plan(.train(ChosenOptions())).value("model.architecture")
    #expect(value?.value == .string(name) && value?.origin == .automatic && value?.reason.isEmpty == false)
  }

  @Test func whatIsSaidStaysSaidEvenIfItIsTheDefault() async throws {
    let photos = try folder.images(["a": 6, "b": 6])
    let work = try EngineWork(
      .train, given: ["minEpochs": 1, "epochs": 3], recipe: ["epochs": 9, "labelSmoothing": 0.1])
    let plan = try await engine(photos, "small-convnet:width=8").plan(work)
    #expect(plan.value("train.minEpochs")?.origin == .given)
    #expect(plan.value("train.epochs")?.value == 3 && plan.value("train.epochs")?.origin == .given)
    #expect(plan.value("train.labelSmoothing")?.origin == .recipe)
    #expect(plan.value("train.accumulate")?.origin == .default)
    #expect(plan.value("train.batchSize")?.origin == .automatic)
    #expect(plan.value("model.width")?.value == 8 && plan.value("model.width")?.origin == .given)
    #expect(plan.value("model.architecture")?.origin == .given)
  }

  /// Every value of one fixture's plan: whoever changes a rule sees here what changes for users.
  @Test func thePlanOfAnImageFolderIsThis() async throws {
    let photos = try folder.images(["cat": 20, "dog": 40], side: 150)
    let plan = try await engine(photos).plan(.train(ChosenOptions()))
    let text = plan.values.map { "\($0.path) | \($0.value) | \($0.origin.rawValue) | \($0.reason)\n" }.joined()
      .replacing(folder.path, with: "…")
    let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/plan.txt")
    if ProcessInfo.processInfo.environment["GALLEY_WRITE_FIXTURES"] != nil {
      try Data(text.utf8).write(to: path)
    }
    #expect(text == String(decoding: try Data(contentsOf: path), as: UTF8.self))
  }

  @Test func thePlansTextShowsWhatWasChosenAndWhy() async throws {
    let photos = try folder.images(["cat": 20, "dog": 40], side: 150)
    let text = try await engine(photos).plan(.train(ChosenOptions())).text
    #expect(text.hasPrefix("train mobilenet-v3-small on \(photos): classification, 2 classes\nby scripted 1.2.3"))
    for part in ["1. data: 60 image files", "2. model:", "3. train:", "train.batchSize", "defaults: minEpochs 1"] {
      #expect(text.contains(part), "\(part)")
    }
    #expect(text.split(separator: "\n").allSatisfy { !$0.hasPrefix("train.minEpochs") })
  }

  @Test func plansSurviveTheirFile() async throws {
    let photos = try folder.images(["a": 6, "b": 6])
    let plan = try await engine(photos).plan(.train(ChosenOptions()))
    let decoded = try JSONDecoder().decode(EnginePlan.self, from: JSONEncoder().encode(plan))
    #expect(decoded == plan)
  }

  @Test func modelsAreUnderstoodAsTheirUserMeansThem() throws {
    #expect(try ModelSource("auto", among: registry) == .automatic)
    let typo = try #require(throws: GalleyError.self) { try ModelSource("mobilenet-v3-smal", among: registry) }
    #expect(typo.remedy == "Did you mean 'mobilenet-v3-small'?")
    let file = try #require(throws: GalleyError.self) { try ModelSource("nowhere/model.onnx", among: registry) }
    #expect(file.exitCode == .missingInput)
    let option = try #require(throws: GalleyError.self) {
      try ModelSource("small-convnet", options: ["widht": "8"], among: registry)
    }
    #expect(option.remedy == "Did you mean 'width'?")
    let value = try #require(throws: GalleyError.self) {
      try ModelSource("small-convnet:width=many", among: registry)
    }
    #expect(value.remedy?.contains("from 1 to 64") == true)
    try folder.write(Data("x".utf8), "weights.pth")
    let weights = try #require(throws: GalleyError.self) {
      try ModelSource("\(folder.path)/weights.pth", among: registry)
    }
    #expect(weights.remedy?.contains("--initial-weights") == true)
    let labels = #expect(throws: GalleyError.self) {
      try ModelSource("small-convnet", meaning: ExpectationOptions(labels: "labels.txt"), among: registry)
    }
    #expect(labels?.exitCode == .usage && labels?.remedy?.contains("--model-labels") == true)
  }

  @Test(arguments: ["auto", "small-convnet"]) func whatNobodyTrainedIsOnlyTrained(model: String) async throws {
    let registry = try BackendRegistry([
      ScriptedBackend("trainer", verbs: [.train]), ScriptedBackend("judge", forms: [.checkpoint, .file(.onnx)]),
    ])
    let photos = try folder.images(["a": 6, "b": 6])
    let engine = try Engine(
      model: ModelSource(model, among: registry), data: DataSource(photos),
      workspace: EngineWorkspace(folder.path + "/work"), backends: registry)
    for work in [EngineWork.validate(try ChosenOptions()), .test(try ChosenOptions()), .export(try ChosenOptions())] {
      let error = await #expect(throws: GalleyError.self) { _ = try await engine.plan(work) }
      #expect(error?.exitCode == .usage && error?.why.contains("nobody has trained") == true, "\(error as Any)")
      #expect(error?.remedy?.contains("galley train --model \(model) --data \(photos)") == true)
    }
    _ = try await engine.plan(.train(ChosenOptions()))
  }

  @Test func classesThatTheModelLacksAreNamed() async throws {
    let meaning = ModelMeaning(
      task: .classification, labels: ["dog", "Cat"], preprocessing: Preprocessing(scale: 1 / 255))
    let registry = try BackendRegistry([ScriptedBackend("scripted", known: meaning)])
    func engine(_ photos: String) throws -> Engine {
      try Engine(
        model: .checkpoint("\(folder.path)/best.safetensors"), data: DataSource(photos),
        workspace: EngineWorkspace(folder.path + "/work"), backends: registry)
    }
    let photos = try folder.images(["cat": 8, "dog": 8])
    let error = try await #require(throws: GalleyError.self) {
      _ = try await engine(photos).plan(.test(ChosenOptions()))
    }
    #expect(error.why.contains("'cat'") && error.why.contains("'Cat' may be meant"))
    let right = try folder.images(["Cat": 8, "dog": 8], in: "right")
    let plan = try await engine(right).plan(.test(ChosenOptions()))
    #expect(plan.labels == ["dog", "Cat"])
  }

  @Test(arguments: [("batchSize", "batch-size"), ("modelAPI", "model-api"), ("topK", "top-k"), ("seed", "seed")])
  func optionsAreFlags(name: String, flag: String) { #expect(name.flagName == flag) }

  @Test func flagsAreUniqueForEachVerb() {
    for verb in EngineVerb.allCases {
      let flags = (verb.declarations + DataOptions.declarations).map(\.name.flagName)
      #expect(Set(flags).count == flags.count, "\(verb)")
    }
  }
}
