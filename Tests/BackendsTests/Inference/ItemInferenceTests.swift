// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import BackendConformance
import Backends
import Datasets
import Foundation
import Galley
import Images
import Tensors
import Testing

@Suite struct ItemInferenceTests {
  private let data: BackendData

  init() throws { data = try BackendData() }

  private func outcomes(
    _ scorer: ColourScorer, task: EngineTask = .classification, labels: [String] = BackendData.labels,
    settings: ItemInference.Settings = .init(batchSize: 8), isCancelled: @escaping () -> Bool = { false }
  ) throws -> (results: [ItemResult], summary: ItemInference.Summary) {
    let items = try InferenceItems(data.prepared, .unassigned, labels: labels, task: task)
    var results: [ItemResult] = []
    let inference = ItemInference(
      items, preprocessing: BackendData.preprocessing, labels: labels, task: task, settings: settings)
    let summary = try inference.run(scorer, isCancelled: isCancelled) { results.append($0.result) }
    return (results, summary)
  }

  /// Whether a row is that of the item to be spoilt: the first green one is told by its exact colours.
  private func spoiling(_ position: Int, _ spoil: @escaping (inout [[Float]], Int) throws -> Void) throws
    -> ColourScorer
  {
    var seen: [[Float]] = []
    let probe = ColourScorer { rows in
      seen += rows
      return rows
    }
    _ = try outcomes(probe)
    let target = seen[position]
    return ColourScorer { rows in
      var rows = rows
      if let index = rows.firstIndex(of: target) { try spoil(&rows, index) }
      return rows
    }
  }

  @Test(arguments: [0, 3, 7, 8, 26])
  func `an item that the model throws on fails alone`(position: Int) throws {
    let scorer = try spoiling(position) { _, _ in throw ColourScorer.Mischief.refused }
    let (results, summary) = try outcomes(scorer)
    let whole = try outcomes(ColourScorer()).results
    #expect(summary.counts == .init(ok: 26, failed: 1))
    #expect(results[position].outcome == .failed(stage: .infer, reason: "refused"))
    for index in results.indices where index != position { #expect(results[index] == whole[index]) }
  }

  @Test func `a batch is halved, not tried item by item`() throws {
    let scorer = try spoiling(0) { _, _ in throw ColourScorer.Mischief.refused }
    _ = try outcomes(scorer)
    #expect(scorer.passes == [8, 4, 2, 1, 1, 2, 4, 8, 8, 3])
  }

  @Test func `an item whose scores are no numbers fails alone, even if it spoils the batch`() throws {
    let alone = try outcomes(try spoiling(5) { rows, index in rows[index][1] = .nan })
    #expect(alone.summary.counts == .init(ok: 26, failed: 1))
    #expect(alone.results[5].id == "train/图 5, \"a\".bmp")
    let all = try outcomes(
      try spoiling(5) { rows, _ in for row in rows.indices { rows[row][0] = .infinity } })
    #expect(all.summary.counts == .init(ok: 26, failed: 1))
    #expect(all.results.map(\.id) == alone.results.map(\.id))
    guard case .failed(.infer, let reason) = all.results[5].outcome else { throw ColourScorer.Mischief.refused }
    #expect(reason.contains("inf"))
  }

  @Test func `too few rows of scores are the fault of one item, never a shift of the others`() throws {
    let (results, summary) = try outcomes(try spoiling(9) { rows, index in rows.remove(at: index) })
    #expect(summary.counts == .init(ok: 26, failed: 1))
    #expect(results[9].outcome == .failed(stage: .infer, reason: "the model gave 0 rows of scores for 1 item"))
    #expect(results[10] == (try outcomes(ColourScorer()).results[10]))
  }

  @Test func `a wrong number of scores fails every item with both numbers`() throws {
    let (results, summary) = try outcomes(ColourScorer { rows in rows.map { $0 + [0] } })
    #expect(summary.counts == .init(failed: 27))
    #expect(results[0].outcome == .failed(stage: .infer, reason: "the model gave 4 scores for 3 classes"))
  }

  @Test func `scores that are said to be probabilities must be some`() throws {
    let bad = try outcomes(ColourScorer(.probabilities) { rows in rows.map { _ in [0.2, 3, 0.1] } })
    #expect(bad.summary.counts.failed == 27)
    let rounded = try outcomes(ColourScorer(.probabilities) { rows in rows.map { _ in [0.25, 0.4921875, 0.25] } })
    guard case .ok(let answer) = rounded.results[0].outcome else { throw ColourScorer.Mischief.refused }
    #expect(abs(answer.probabilities.reduce(0, +) - 1) < 1e-6)
  }

  @Test func `equal probabilities name the first class first, and large logits don't overflow`() throws {
    let settings = ItemInference.Settings(batchSize: 8, topK: 3)
    let (results, _) = try outcomes(ColourScorer { rows in rows.map { _ in [3e38, -3e38, 3e38] } }, settings: settings)
    guard case .ok(let answer) = results[0].outcome else { throw ColourScorer.Mischief.refused }
    #expect(answer.classes.map(\.index) == [0, 2, 1])
    #expect(answer.probabilities == [0.5, 0, 0.5])
  }

  @Test func `what wasn't tried when the work was stopped is skipped`() throws {
    var passes = 0
    let scorer = ColourScorer { rows in
      passes += 1
      return rows
    }
    let (results, summary) = try outcomes(scorer, isCancelled: { passes == 2 })
    #expect(summary.wasCancelled)
    #expect(summary.counts == .init(ok: 16, skipped: 11))
    #expect(results.count == 27)
  }

  @Test func `a limit on batches leaves the rest out`() throws {
    let settings = ItemInference.Settings(batchSize: 5, limitBatches: 2)
    let (results, summary) = try outcomes(ColourScorer(), settings: settings)
    #expect(results.count == 10)
    #expect(summary.leftOut == 17)
    #expect(!summary.wasCancelled)
  }

  @Test func `an item without a class is skipped where it should be judged`() throws {
    let items = data.items.filter { $0.subset == .test }.enumerated().map { index, item in
      var item = item
      if index == 2 { item.classes = [] }
      if index == 3 { item.classes = [0, 1] }
      return item
    }
    let path = "\(data.folder)/some.json"
    let listing = try ItemListing(task: .classification, root: data.folder, labels: BackendData.labels, items: items)
    var options = EvaluateOptions()
    options.resamples = 0
    let request = try data.request(.test(options), .listing(path: path, digest: try listing.write(to: path)))
    let result = try ItemVerbs(request, tools: [:], events: EventSink { _ in }).run(ColourScorer())
    #expect(result.status == .partial)
    #expect(result.itemCounts == .init(ok: 7, skipped: 2))
    let file = try EvaluationFile.reading(try #require(result.files["evaluation"]).path)
    #expect(file.missing.map(\.id) == [items[2].id, items[3].id])
    #expect(file.report.itemCount == 7)
    #expect(file.notes.count == 1)
  }

  @Test func `without a rule to fit images they must have the model's size, each for itself`() throws {
    var preprocessing = BackendData.preprocessing
    preprocessing.fit = nil
    let items = try InferenceItems(
      try listing(data.items), .any, labels: BackendData.labels, task: .classification)
    let inference = ItemInference(
      items, preprocessing: preprocessing, labels: BackendData.labels, task: .classification)
    #expect(try inference.run(ColourScorer()) { _ in }.counts == .init(ok: 27))
    var stages: Set<ItemResult.Stage> = []
    let larger = try inference.run(ColourScorer(inputShape: [3, 16, 16])) { outcome in
      if case .failed(let stage, _) = outcome.result.outcome { stages.insert(stage) }
    }
    #expect(larger.counts == .init(failed: 27))
    #expect(stages == [.preprocess])
  }

  @Test(arguments: [ImageFit.Rule.stretch, .cover, .contain])
  func `what a model is trained on is what it answers`(rule: ImageFit.Rule) throws {
    var preprocessing = BackendData.preprocessing
    let size = Images.PixelSize(width: rule == .cover ? 12 : 8, height: rule == .cover ? 12 : 8)
    preprocessing.fit = ImageFit(
      size: size, rule: rule, crop: rule == .cover ? Images.PixelSize(width: 8, height: 8) : nil)
    let all = data.items
    let training = try TrainingBatches(
      all.map { TrainingItem(id: $0.id, source: .file("\(data.folder)/\($0.file)"), classes: $0.classes) },
      classCount: 3, preprocessing: preprocessing,
      options: TrainingBatches.Options(batchSize: all.count, seed: 0, shuffles: false))
    var seen: [Float] = []
    let batch = try #require(training.epoch(0).nextBlocking())
    let probe = ColourScorer()
    probe.onInputs = { seen += try $0.values(as: Float.self) }
    let items = try InferenceItems(try listing(all), .any, labels: BackendData.labels, task: .classification)
    _ = try ItemInference(
      items, preprocessing: preprocessing, labels: BackendData.labels, task: .classification
    ).run(probe) { _ in }
    #expect(try batch.inputs.values(as: Float.self) == seen)
  }

  private func listing(_ items: [ItemListing.Item]) throws -> DataReference {
    let path = "\(data.folder)/list.json"
    let listing = try ItemListing(task: .classification, root: data.folder, labels: BackendData.labels, items: items)
    return .listing(path: path, digest: try listing.write(to: path))
  }
}
