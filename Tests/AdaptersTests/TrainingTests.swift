// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Adapters
import Foundation
import Galley
import Images
import Platform
import Synchronization
import Testing

/// An adapter that writes down what it is asked to do.
final class LearningAdapter: TrainableAdapter, EmbeddingAdapter, EvaluatingAdapter, Sendable {
  enum Fault { case load, train, save, nothingSaved }
  struct Failure: Error, CustomStringConvertible { let description: String }

  let card = AdapterCard(name: "learner", outputType: .class, batchSize: 3)
  let fault: Fault?
  let steps = Mutex<[String]>([])
  /// All that lay in the training's folder when `train` was called.
  let seen = Mutex<[String]>([])
  let place = Mutex<(data: String, output: String)?>(nil)
  let vectors: [String: [Float]]

  init(_ fault: Fault? = nil, vectors: [String: [Float]] = [:]) {
    self.fault = fault
    self.vectors = vectors
  }

  private func step(_ name: String, _ fault: Fault? = nil) throws {
    steps.withLock { $0.append(name) }
    if let fault, fault == self.fault { throw Failure(description: "no wish to \(name)") }
  }

  func load(_ folder: String, for model: AdapterModel) throws -> AdapterChange {
    let files = (try FileManager.default.contentsOfDirectory(atPath: folder)).sorted()
    try step("load \(files)", .load)
    return AdapterChange()
  }

  func predict(_ batch: AdapterBatch) throws -> [AdapterPrediction] {
    batch.images.map { .label(($0.bytes.first ?? 0) > 127 ? "light" : "dark", confidence: 0.9) }
  }

  func convert(_ data: String) throws { try step("convert") }

  func train(_ training: AdapterTraining) throws -> AdapterTrainingOutcome {
    let below = FileManager.default.enumerator(atPath: training.data)?.compactMap { $0 as? String } ?? []
    seen.withLock { $0 = below.sorted() }
    place.withLock { $0 = (training.data, training.output) }
    training.report(AdapterEpoch(finished: 1, total: 2, metrics: ["loss": 2, "validation_loss": 3]))
    training.report(AdapterEpoch(finished: 2, total: 2, metrics: ["loss": 1, "validation_loss": 2.5]))
    try step("train", .train)
    return AdapterTrainingOutcome(
      figures: ["accuracy": 0.75], samples: [PlotSample(figure: "own", legend: "a", x: 1, y: 2)])
  }

  func save(to folder: String) throws -> AdapterChange {
    try step("save", .save)
    if fault == .nothingSaved { return AdapterChange() }
    let file = URL(filePath: folder + "/weights/net.bin")
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("learnt".utf8).write(to: file)
    return AdapterChange(labels: ["dark", "light"], configuration: ["epochs": 2])
  }

  func embed(_ batch: AdapterBatch) throws -> [[Float]] {
    batch.items.map { vectors[$0.path] ?? [1, 2, 3] }
  }

  func evaluate(_ items: [EvaluatedPredictions]) throws -> [String: Double] {
    try step("evaluate")
    let right = items.count { $0.groundTruth.map(\.label) == $0.predictions.map(\.label) }
    return ["share_right": Double(right) / Double(items.count)]
  }
}

@Suite struct TrainingTests {
  private func home(_ outputType: String = "class") throws -> (TemporaryStore, [String], PlatformModel) {
    let home = try TemporaryStore()
    let ids = try home.pictures(12, shade: { UInt8($0 * 20) })
    for (index, id) in ids.enumerated() where index != 3 { try home.annotate(id, index > 6 ? "light" : "dark") }
    let paths = (0..<12).map(TemporaryStore.path)
    let model = try home.model(
      subsets: [
        "train": .paths(Array(paths[0..<6])), "validation": .paths(Array(paths[6..<9])),
        "test": .paths(Array(paths[9...])),
      ], outputType: outputType)
    return (home, ids, model)
  }

  @Test func aTrainingFollowsTheDocumentedStepsAndFolders() async throws {
    let (home, ids, model) = try home()
    // A prediction of a model and a box are nothing that it learns from.
    _ = try await AdaptedModel("net", in: home.store, adapter: ScriptedAdapter()).predictItems(ids)
    try home.annotate(ids[0], "corner", .box(Box(x: 1, y: 1, width: 2, height: 2)))
    let adapter = LearningAdapter()
    let report = try await AdaptedModel("net", in: home.store, adapter: adapter).trainModel()
    #expect(adapter.steps.withLock { $0 } == ["load []", "convert", "train", "save"])
    #expect(report.items == ["train": 5, "validation": 3])
    let seen = adapter.seen.withLock { $0 }
    #expect(seen.filter { $0.hasPrefix("train/") && $0.contains(".") }.count == 10)
    #expect(seen.contains("train/items/000.png") && seen.contains("train/json/000.json"))
    #expect(seen.contains("validation/items/006.png") && seen.contains("validation/json/008.json"))
    #expect(!seen.contains("train/items/003.png"), "it has no ground truth")
    let place = try #require(adapter.place.withLock { $0 })
    #expect(place.data.hasPrefix("\(home.store.place.local)/model_data/\(model.id)_net/"))
    #expect(place.data.hasSuffix("/datasets/\(try home.store.dataset("pictures").id)"))
    #expect(!FileManager.default.fileExists(atPath: place.output), "local copies are removed")

    let trained = try home.store.model("net")
    #expect(trained.status == .trained && trained == report.model)
    #expect(trained.artifacts.map(\.path) == ["weights/net.bin"])
    #expect(trained.labels == ["dark", "light"] && trained.configuration["epochs"] == 2)
    let statuses = try home.store.statusHistory(ofModel: "net").map(\.status)
    #expect(statuses == [.created, .pending, .training, .trained])
    let figures = try home.store.metrics(ofModel: "net").filter { $0.modelVersion == trained.version }
    #expect(figures.map(\.name) == ["accuracy"] && figures.first?.value == 0.75)
    let samples = try home.store.samples(ofModel: "net")
    #expect(samples.map(\.figure) == ["loss", "loss", "loss", "loss", "own"])
    #expect(samples.filter { $0.legend == "validation" }.map(\.y) == [3, 2.5])
    #expect(report.lastEpoch?.finished == 2)
  }

  @Test func theLearntJSONHoldsGroundTruthOnly() async throws {
    let (home, ids, _) = try home()
    _ = try await AdaptedModel("net", in: home.store, adapter: ScriptedAdapter()).predictItems(ids)
    let adapter = LearningAdapter(.train)
    _ = await refusal {
      try await AdaptedModel("net", in: home.store, adapter: adapter, settings: AdapterSettings(keepsData: true))
        .trainModel()
    }
    let place = try #require(adapter.place.withLock { $0 })
    let text = try String(contentsOfFile: place.data + "/train/json/000.json", encoding: .utf8)
    #expect(text.contains("\"dark\"") && !text.contains("model_id"))
  }

  @Test func theModelSaysWhichAnnotationsAreLearntFrom() async throws {
    let (home, ids, model) = try home()
    try home.annotate(ids[0], "corner", .box(Box(x: 1, y: 1, width: 2, height: 2)))
    try home.annotate(ids[3], "corner", .box(Box(x: 2, y: 1, width: 2, height: 2)))
    _ = try await AdaptedModel("net", in: home.store, adapter: ScriptedAdapter()).predictItems(ids)
    var change = ModelChange()
    let boxes = "{\"system\":{\"annotationsSubsets\":{\"train\":{\"filter\":{\"label\":\"corner\"}}}}}"
    change.metadata = try JSONObject(parsing: boxes, at: "test")
    try home.store.updateModel("net", change)
    let adapter = LearningAdapter()
    let learning = AdaptedModel("net", in: home.store, adapter: adapter, settings: AdapterSettings(keepsData: true))
    let report = try await learning.trainModel()
    #expect(report.items == ["train": 2, "validation": 3])
    let place = try #require(adapter.place.withLock { $0 })
    let training = AdapterTraining(
      data: place.data, output: place.output, model: try AdapterModel(model, for: adapter.card))
    let examples = try training.examples(of: "train")
    #expect(examples.map(\.item.id) == [ids[0], ids[3]] && examples.map(\.label) == ["corner", "corner"])
    #expect(examples.map(\.item.mediaType) == ["image/png", "image/png"])
    #expect(try training.examples(of: "validation").map(\.label) == ["dark", "light", "light"])

    change.metadata = .empty
    change.configuration = JSONObject(["include_model_annotations": true, "include_background": true])
    try home.store.updateModel("net", change)
    #expect(try await learning.trainModel().items == ["train": 6, "validation": 3])
    let later = try #require(adapter.place.withLock { $0 })
    let mixed = AdapterTraining(data: later.data, output: later.output, model: training.model)
    let origins = try mixed.examples(of: "train").map { $0.annotations.map(\.origin.isPrediction) }
    #expect(origins == [[false, true], [false, true], [false, true], [true], [false, true], [false, true]])
  }

  @Test(arguments: [LearningAdapter.Fault.load, .train, .save, .nothingSaved])
  func aFailedTrainingIsWrittenDownAndCleanedUp(_ fault: LearningAdapter.Fault) async throws {
    let (home, _, model) = try home()
    let adapter = LearningAdapter(fault)
    let error = await refusal { try await AdaptedModel("net", in: home.store, adapter: adapter).trainModel() }
    let failed = try home.store.model("net")
    #expect(failed.status == .failed && failed.statusReason == error?.why)
    #expect(failed.artifacts.isEmpty && failed.version == model.version && failed.labels.isEmpty)
    #expect(home.tree("\(home.store.place.local)/model_data/\(model.id)_net") == [])
    if fault == .train { #expect(try home.store.samples(ofModel: "net").count == 4, "curves until then are kept") }
    // It may be trained again.
    _ = try await AdaptedModel("net", in: home.store, adapter: LearningAdapter()).trainModel()
    #expect(try home.store.model("net").status == .trained)
  }

  @Test func aTrainingNeedsSubsetsAndGroundTruth() async throws {
    let (home, _, _) = try home()
    try home.model("bare")
    let bare = await refusal { try await AdaptedModel("bare", in: home.store, adapter: LearningAdapter()).trainModel() }
    #expect(bare?.why == "neither the model nor an item of the data set says what 'train' is")
    #expect(try home.store.model("bare").status == .created)
    try home.model("boxes", subsets: ["train": Filters(.items), "validation": Filters(.items)], outputType: "box")
    let boxes = await refusal {
      try await AdaptedModel("boxes", in: home.store, adapter: LearningAdapter()).trainModel()
    }
    #expect(boxes?.place == "subset train" && boxes?.why.contains("of the type box") == true)
    let lack = await refusal { try await AdaptedModel("net", in: home.store, adapter: ScriptedAdapter()).trainModel() }
    #expect(lack?.what == "the adapter 'scripted' can't train")
  }

  @Test func artifactsLieInAFolderNamedByTheId() async throws {
    let home = try TemporaryStore()
    try home.pictures(1)
    let first = try home.model(artifacts: ["a.txt": "1", "old/b.txt": "2"])
    let second = try home.model(artifacts: ["c.txt": "3"], project: "elsewhere")
    let adapter = ScriptedAdapter()
    let model = AdaptedModel(first.id, in: home.store, adapter: adapter)
    try await model.loadFromModel()
    try await AdaptedModel(second.id, in: home.store, adapter: adapter).loadFromModel()
    #expect(adapter.loaded.map(\.folder) == [first, second].map { home.store.place.artifacts(ofModel: $0.id) })
    #expect(home.tree(adapter.loaded[0].folder) == ["a.txt", "old", "old/b.txt"])
    #expect(home.tree(adapter.loaded[1].folder) == ["c.txt"])
    try await model.loadFromModel()
    #expect(adapter.loaded.count == 2, "the same version is loaded once")
  }

  @Test func savingMakesANewVersion() async throws {
    let (home, _, _) = try home()
    let model = AdaptedModel("net", in: home.store, adapter: LearningAdapter())
    let saved = try await model.saveToModel()
    #expect(saved.artifacts.map(\.path) == ["weights/net.bin"] && saved.configuration["epochs"] == 2)
    #expect(home.tree("\(home.store.place.local)/saving") == [])
    #expect(try await model.saveToModel().version == saved.version, "the same files are the same version")
  }

  @Test func whatATrainingLeavesInTheAdapterIsNotTakenForTheModel() async throws {
    let (home, _, _) = try home()
    let adapter = LearningAdapter()
    let model = AdaptedModel("net", in: home.store, adapter: adapter)
    _ = try await model.trainModel()
    _ = try await model.predictDataset()
    #expect(adapter.steps.withLock { $0 } == ["load []", "convert", "train", "save", "load [\"weights\"]"])

    let failing = LearningAdapter(.train)
    let other = AdaptedModel("net", in: home.store, adapter: failing)
    _ = try await other.loadFromModel()
    #expect(await refusal { try await other.trainModel() } != nil)
    _ = try await other.predictDataset()
    #expect(failing.steps.withLock { $0 }.suffix(2) == ["train", "load [\"weights\"]"])
  }

  @Test func anEvaluationPredictsTheTestSubsetAndKeepsTheFigures() async throws {
    let (home, ids, _) = try home()
    let adapter = LearningAdapter()
    let report = try await AdaptedModel("net", in: home.store, adapter: adapter).evaluateModel()
    #expect(report.predictions?.results.map(\.id) == Array(ids[9...]))
    #expect(report.figures["hits"] == 3 && report.figures["share_right"] == 1)
    #expect(report.figures["ap"] == 1 && report.leftOut == 0)
    let kept = try home.store.metrics(ofModel: "net")
    #expect(Set(kept.map(\.name)).isSuperset(of: ["ap", "hits", "share_right"]))
    #expect(try home.store.samples(ofModel: "net").count == 101)
    let all = try await AdaptedModel("net", in: home.store, adapter: adapter).evaluateModel(
      nil, Filters(.items), predicts: false)
    #expect(all.evaluation.metrics["hits"] == 3 && all.leftOut == 9)
  }

  @Test func whatWasPredictedBeforeIsJudgedWithoutTheModel() async throws {
    let home = try TemporaryStore()
    let ids = try home.pictures(3)
    for id in ids.prefix(2) { try home.annotate(id, "0") }
    let entity = try home.model()
    let before = AdaptedModel("net", in: home.store, adapter: ScriptedAdapter())
    _ = try await before.predictItems(Array(ids.prefix(2)))
    let adapter = ScriptedAdapter()
    let model = AdaptedModel("net", in: home.store, adapter: adapter)
    let report = try await model.evaluateModel(nil, Filters(.items), predicts: false)
    #expect(report.figures["hits"] == 1 && report.figures["mislabelled"] == 1 && report.leftOut == 1)
    #expect(adapter.loaded.isEmpty && adapter.calls.isEmpty && report.predictions == nil)
    var change = ModelChange()
    change.configuration = JSONObject(["a": 1])
    try home.store.updateModel(entity.id, change)
    let newer = await refusal { try await model.evaluateModel(nil, Filters(.items), predicts: false) }
    #expect(newer?.why.contains("has a prediction of this version") == true)
  }

  @Test func anEvaluationLeavesOutWhatHasNoAnswer() async throws {
    let home = try TemporaryStore()
    let ids = try home.pictures(4, damaged: [2], shade: { _ in 9 })
    for id in ids { try home.annotate(id, "9") }
    try home.model()
    let model = AdaptedModel("net", in: home.store, adapter: ScriptedAdapter())
    let report = try await model.evaluateModel(nil, Filters(.items))
    #expect(report.leftOut == 1 && report.figures["missed"] == 0 && report.figures["hits"] == 3)
    let missing = await refusal { try await model.evaluateModel() }
    #expect(missing?.place == "subset test")
    try home.store.setSubsets([.test: [ids[0], ids[3]]])
    #expect(try await model.evaluateModel().predictions?.results.map(\.id) == [ids[0], ids[3]])
  }

  @Test func vectorsAreKeptByItem() async throws {
    let (home, ids, model) = try home()
    let adapter = LearningAdapter(vectors: ["/001.png": [7], "/002.png": [], "/004.png": [.nan, 1, 2]])
    let embedder = AdaptedModel("net", in: home.store, adapter: adapter, settings: AdapterSettings(run: "v/1"))
    let report = try await embedder.embedDataset()
    #expect(report.results.map(\.id) == ids && report.counts.ok == 9 && report.dimensions == 3)
    #expect(report.results[1].failure == AdapterFailure(.embed, "its vector has 1 numbers, and 3 are expected"))
    #expect(report.results[2].failure == AdapterFailure(.embed, "the adapter gave no vector for it"))
    #expect(report.results[4].failure?.stage == .embed)
    let file = try #require(report.file)
    #expect(file == home.store.place.embeddings(ofModel: model.id, run: "v/1"))
    let vectors = try EmbeddingFile(file)
    #expect(vectors.items == report.results.compactMap { $0.value == nil ? nil : $0.id })
    #expect(vectors.rows.allSatisfy { $0 == [1, 2, 3] })
    try home.model("sized", configuration: ["embeddings_size": 1])
    let sized = try await AdaptedModel("sized", in: home.store, adapter: adapter).embedItems(ids)
    #expect(sized.counts.ok == 1 && sized.dimensions == 1)
    let lack = await refusal {
      try await AdaptedModel("net", in: home.store, adapter: ScriptedAdapter()).embedDataset()
    }
    #expect(lack?.what == "the adapter 'scripted' can't embed")
  }
}
