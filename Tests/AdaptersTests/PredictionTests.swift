// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Adapters
import Foundation
import Galley
import Images
import Platform
import Synchronization
import Tensors
import Testing

@Suite struct PredictionTests {
  @Test func oneDamagedItemInAHundredCostsItself() async throws {
    let home = try TemporaryStore()
    let ids = try home.pictures(100, damaged: [37])
    let model = try home.model()
    let adapter = ScriptedAdapter(batchSize: 32)
    let report = try await AdaptedModel("net", in: home.store, adapter: adapter).predictDataset()
    #expect(report.results.map(\.id) == ids)
    #expect(report.counts.ok == 99 && report.counts.failed == 1)
    let failure = try #require(report.results[37].failure)
    #expect(failure.stage == .prepare && !failure.reason.isEmpty)
    #expect(report.swap?.items == 99 && report.swap?.predictions == 99 && report.swap?.wasDone == false)
    for (index, id) in ids.enumerated() {
      #expect(try home.labels(id, model) == (index == 37 ? [] : ["\(index)"]))
      #expect(try home.store.annotations(ofItem: id).isEmpty, "a prediction is no ground truth")
    }
    #expect(adapter.calls.flatMap { $0 }.count == 99)
    #expect(adapter.calls.map(\.count) == [32, 32, 32, 3])
  }

  @Test func aRaisingBatchIsHalvedToTheGuiltyItem() async throws {
    let home = try TemporaryStore()
    let ids = try home.pictures(64)
    try home.model()
    let adapter = ScriptedAdapter(["/005.png": .raises, "/040.png": .raises], batchSize: 32)
    let report = try await AdaptedModel("net", in: home.store, adapter: adapter).predictItems(ids)
    #expect(report.counts.ok == 62)
    #expect(report.results[5].failure == AdapterFailure(.predict, "no idea of 005.png"))
    #expect(report.results[40].failure?.stage == .predict)
    #expect(report.ended == nil)
    // 1 + 2 · log2(32) calls for each batch of 32.
    #expect(adapter.calls.count == 22)
  }

  @Test func aWrongNumberOfPredictionsNamesTheAdapterAndItsBatch() async throws {
    let home = try TemporaryStore()
    let ids = try home.pictures(24)
    let model = try home.model()
    let adapter = ScriptedAdapter(["/009.png": .fewer, "/020.png": .more])
    let report = try await AdaptedModel("net", in: home.store, adapter: adapter).predictItems(ids)
    #expect(report.results[0..<8].allSatisfy { $0.value != nil })
    for result in report.results[8..<16] {
      #expect(
        result.failure == AdapterFailure(.predict, "the adapter 'scripted' gave 7 predictions for 8 items"))
      #expect(try home.labels(result.id, model).isEmpty)
    }
    #expect(report.results[16].failure?.reason == "the adapter 'scripted' gave 9 predictions for 8 items")
    #expect(adapter.calls.count == 3)
  }

  @Test func aHangingItemIsStoppedAndTheOthersGetTheirAnswers() async throws {
    let home = try TemporaryStore()
    let ids = try home.pictures(8)
    try home.model()
    let adapter = ScriptedAdapter(["/003.png": .hangs])
    let settings = AdapterSettings(deadline: .milliseconds(1500))
    let report = try await AdaptedModel("net", in: home.store, adapter: adapter, settings: settings).predictItems(ids)
    #expect(report.counts.ok == 7)
    #expect(report.results[3].failure?.reason.contains("took longer than 1.5 seconds") == true)
  }

  @Test func anAdapterThatCannotBeStoppedIsGivenUp() async throws {
    let home = try TemporaryStore()
    let ids = try home.pictures(24)
    let model = try home.model()
    let adapter = ScriptedAdapter(["/011.png": .hangsForEver])
    let settings = AdapterSettings(deadline: .milliseconds(1500), patience: .milliseconds(100))
    let report = try await AdaptedModel("net", in: home.store, adapter: adapter, settings: settings).predictItems(ids)
    #expect(report.ended?.why.contains("took longer") == true)
    #expect(report.results[0..<8].allSatisfy { $0.value != nil })
    #expect(report.results[8..<16].allSatisfy { $0.failure != nil })
    #expect(report.results[16...].allSatisfy { $0.skipped?.contains("given up") == true })
    #expect(try home.labels(ids[7], model) == ["7"])
  }

  /// Functions that block their thread can't hinder each other, nor the deadlines: many more of them than there are cores.
  @Test func functionsThatBlockAreGivenUpToo() async throws {
    struct Sleeper: ModelAdapter {
      let card = AdapterCard(name: "sleeper", outputType: .class)
      func load(_ folder: String, for model: AdapterModel) -> AdapterChange { AdapterChange() }
      func predict(_ batch: AdapterBatch) -> [AdapterPrediction] {
        Thread.sleep(forTimeInterval: 20)
        return []
      }
    }
    let home = try TemporaryStore()
    let ids = try home.pictures(2)
    try home.model()
    let settings = AdapterSettings(deadline: .milliseconds(50), patience: .milliseconds(50))
    let ended = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<2 * ProcessInfo.processInfo.processorCount {
        group.addTask {
          let model = AdaptedModel("net", in: home.store, adapter: Sleeper(), settings: settings)
          return try await model.predictItems(ids).ended != nil
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(ended.allSatisfy { $0 })
  }

  @Test func threeLossesInARowEndTheRun() async throws {
    let home = try TemporaryStore()
    let ids = try home.pictures(12)
    try home.model()
    let faults = Dictionary(uniqueKeysWithValues: (2...8).map { (TemporaryStore.path($0), ScriptedAdapter.Fault.lost) })
    let adapter = ScriptedAdapter(faults, batchSize: 4)
    let report = try await AdaptedModel("net", in: home.store, adapter: adapter).predictItems(ids)
    #expect(report.results[0..<2].allSatisfy { $0.value != nil })
    #expect(report.ended?.what == "the adapter 'scripted' was given up")
    #expect(report.results[2..<5].allSatisfy { $0.failure != nil })
    #expect(report.results[5...].allSatisfy { $0.skipped != nil })
  }

  @Test func whatCannotBeKeptFailsByItself() async throws {
    let home = try TemporaryStore()
    let ids = try home.pictures(8)
    let model = try home.model()
    let adapter = ScriptedAdapter(["/001.png": .tooSure, "/002.png": .skips, "/003.png": .fails])
    let report = try await AdaptedModel("net", in: home.store, adapter: adapter).predictItems(ids)
    #expect(report.results[1].failure == AdapterFailure(.store, "its confidence is 2.0, not from 0 to 1"))
    #expect(report.results[2].skipped == "too dark")
    #expect(report.results[3].failure == AdapterFailure(.predict, "too light"))
    #expect(report.counts.ok == 5)
    #expect(try home.labels(ids[4], model) == ["4"])
  }

  @Test func everyIdThatGoesInComesOut() async throws {
    let home = try TemporaryStore()
    let ids = try home.pictures(3)
    let others = try home.pictures(1, in: "others")
    let text = try home.store.addItems([ItemDraft(path: "/a.txt", content: .bytes(Data("a".utf8)))], to: "pictures")
    try home.model()
    let asked = [ids[2], "nothing", ids[0], ids[2], others[0]] + text.compactMap(\.id)
    let report = try await AdaptedModel("net", in: home.store, adapter: ScriptedAdapter()).predictItems(asked)
    #expect(report.results.map(\.id) == asked)
    #expect(report.results[0].value?.map(\.label) == ["2"])
    #expect(report.results[1].failure == AdapterFailure(.load, "the store has no such item"))
    #expect(report.results[2].value?.map(\.label) == ["0"])
    #expect(report.results[3].skipped == "it was named twice")
    #expect(report.results[4].failure?.reason == "it is in another data set than the first item")
    #expect(report.results[5].skipped == "it is text/plain, and the adapter takes images")
  }

  @Test func failingItemsKeepTheirFormerPredictions() async throws {
    let home = try TemporaryStore()
    let ids = try home.pictures(4)
    let model = try home.model()
    _ = try await AdaptedModel("net", in: home.store, adapter: ScriptedAdapter()).predictItems(ids)
    let former = try home.store.predictions(ofItem: ids[1], model: model.id)
    let faulty = ScriptedAdapter(["/001.png": .raises])
    _ = try await AdaptedModel("net", in: home.store, adapter: faulty).predictItems(ids)
    #expect(try home.store.predictions(ofItem: ids[1], model: model.id) == former)
    let origins = try ids.map { try home.store.predictions(ofItem: $0, model: model.id).map(\.origin) }
    #expect(origins.allSatisfy { $0.count == 1 })
    #expect(origins[0] != origins[1], "the others are of the new run")
  }

  @Test func labelsAreAnyUnicode() async throws {
    let words = ["Käfer", "e\u{301}", "é", "猫 🐈‍⬛", "a\tb\nc", "مرحبا", " ", ""]
    struct Namer: ModelAdapter {
      let words: [String]
      let card = AdapterCard(name: "namer", outputType: .class)
      func load(_ folder: String, for model: AdapterModel) -> AdapterChange { AdapterChange() }
      func predict(_ batch: AdapterBatch) -> [AdapterPrediction] {
        batch.items.map { item in .label(words[Int(item.name.prefix(3)) ?? 0]) }
      }
    }
    let home = try TemporaryStore()
    let ids = try home.pictures(words.count)
    let model = try home.model()
    _ = try await AdaptedModel("net", in: home.store, adapter: Namer(words: words)).predictItems(ids)
    for (id, word) in zip(ids, words) {
      #expect(try home.labels(id, model).map { Array($0.utf8) } == [Array(word.utf8)])
    }
  }

  @Test func imagesOfOneSizeAreATensorAndOthersAList() async throws {
    final class Looker: ModelAdapter, Sendable {
      let card = AdapterCard(name: "looker", outputType: .class, batchSize: 2)
      let shapes = Mutex<[[Int]?]>([])
      func load(_ folder: String, for model: AdapterModel) -> AdapterChange { AdapterChange() }
      func predict(_ batch: AdapterBatch) -> [AdapterPrediction] {
        shapes.withLock { $0.append(batch.tensor?.shape) }
        return batch.images.map { .label("\($0.width)") }
      }
    }
    let home = try TemporaryStore()
    let ids = try home.pictures(4, side: { [5, 5, 6, 7][$0] })
    try home.model()
    let adapter = Looker()
    let report = try await AdaptedModel("net", in: home.store, adapter: adapter).predictItems(ids)
    #expect(adapter.shapes.withLock { $0 } == [[2, 5, 5, 3], nil])
    #expect(report.results.map { $0.value?.first?.label } == ["5", "5", "6", "7"])
  }

  @Test func theConfigurationSaysTheBatchAndIsChecked() async throws {
    let home = try TemporaryStore()
    let ids = try home.pictures(5)
    try home.model(configuration: ["batch_size": 2, "threshold": 0.25])
    let options = [
      OptionDeclaration("threshold", .float(minimum: 0, maximum: 1), default: 0.5, help: "From where on."),
      OptionDeclaration("depth", .int(minimum: 1, maximum: 9), default: 3, help: "How deep."),
    ]
    let adapter = ScriptedAdapter(options: options)
    _ = try await AdaptedModel("net", in: home.store, adapter: adapter).predictItems(ids)
    #expect(adapter.calls.map(\.count) == [2, 2, 1])
    #expect(adapter.loaded.first?.model.configuration["threshold"] == 0.25)
    #expect(adapter.loaded.first?.model.configuration["depth"] == 3)
    try home.model("bad", configuration: ["depth": 12])
    let error = await refusal {
      try await AdaptedModel("bad", in: home.store, adapter: ScriptedAdapter(options: options)).predictItems(ids)
    }
    #expect(error?.exitCode == .configuration && error?.place == "configuration.depth")
    try home.model("worse", configuration: ["batch_size": 0])
    let other = await refusal {
      try await AdaptedModel("worse", in: home.store, adapter: ScriptedAdapter()).predictItems(ids)
    }
    #expect(other?.place == "configuration.batch_size")
  }
}
