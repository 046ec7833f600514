// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Foundation
internal import Galley

extension BackendTrial {
  /// What is read of an evaluation, whatever else stands in it.
  private struct Evaluation: Decodable {
    var report: ClassificationReport
  }

  private func evaluation(_ outcome: Outcome) throws -> ClassificationReport {
    guard let file = outcome.result.files["evaluation"] else { throw BackendFailure("there is no file 'evaluation'") }
    return try JSONDecoder().decode(Evaluation.self, from: Data(contentsOf: URL(filePath: file.path))).report
  }

  func judging() async throws {
    for (subset, reference) in [(Subset.test, data.listing), (.validation, data.listing), (.test, data.prepared)] {
      var options = EvaluateOptions()
      options.batchSize = 4
      options.resamples = 20
      let work: VerbRequest.Work = subset == .test ? .test(options) : .validate(options)
      let outcome = try await run(try request(work, reference))
      let items = data.items.filter { $0.subset == subset }
      let answers = try outcome.answers()
      try demand(answers.map(\.id) == items.map(\.id), "the items of \(subset.rawValue) are \(answers.map(\.id))")
      let pairs = zip(items, answers).compactMap { item, result in
        (result.answer?.classes.first?.index).map { (truth: item.classes[0], answer: $0) }
      }
      try demand(pairs.count == items.count, "not every item of \(subset.rawValue) was answered")
      let accuracy = Double(pairs.count { $0.truth == $0.answer }) / Double(pairs.count)
      let report = try evaluation(outcome)
      try demand(
        report[.accuracy] == accuracy, "the accuracy is \(String(describing: report[.accuracy])), not \(accuracy)")
      try demand(outcome.result.figures["accuracy"] == accuracy, "the figures are \(outcome.result.figures)")
      var confusion = [[Int]](repeating: [0, 0, 0], count: 3)
      for pair in pairs { confusion[pair.truth][pair.answer] += 1 }
      try demand(report.confusion == confusion, "the confusion matrix is \(String(describing: report.confusion))")
    }
    let chosen = try await test { $0.metrics = ["f1", "accuracy"] }
    try demand(Set(chosen.result.figures.keys) == ["f1-macro", "accuracy"], "figures: \(chosen.result.figures)")
  }

  func multiLabel() async throws {
    guard backend.descriptor.objections(.predict, model.form, .multiLabelClassification).isEmpty else { return }
    let outcome = try await predict(task: .multiLabelClassification) { $0.threshold = 0.3 }
    for result in try outcome.answers() {
      guard let answer = result.answer else { throw BackendFailure("'\(result.id)' has no answer") }
      let expected = answer.probabilities.indices.filter { answer.probabilities[$0] >= 0.3 }
      try demand(Set(answer.classes.map(\.index)) == Set(expected), "'\(result.id)' has \(answer.classes)")
    }
    let judged = try evaluation(await test(task: .multiLabelClassification))
    try demand(judged.task == .multiLabel && judged[.hammingLoss] != nil, "the report is \(judged.task)")
  }

  func otherOrder() async throws {
    let order = [2, 0, 1]
    let items = data.items.map { item in
      var item = item
      item.classes = item.classes.compactMap { order.firstIndex(of: $0) }
      return item
    }
    let reordered = try data.list(items, labels: order.map { BackendData.labels[$0] }, "reordered")
    let (usual, other) = (try await test().result.figures, try await test(reordered).result.figures)
    try demand(usual == other, "the figures depend on the order of the data's classes: \(usual), \(other)")
  }

  func emptySubset() async throws {
    let items = data.items.filter { $0.subset != .test }
    let reference = try data.list(items, "no-test")
    let error = try await refusal(of: "a subset without items") { try await test(reference) }
    try demand(error.why.contains("test"), "the reason doesn't name the subset: \(error)")
    try await refusal(of: "a listing with nothing to answer") { try await predict(data.listing) }
  }

  func unknownClass() async throws {
    var items = data.items
    let last = items.count - 1
    items[last].classes = [3]
    let reference = try data.list(items, labels: BackendData.labels + ["unheard of"], "unknown")
    let error = try await refusal(of: "an unknown class") { try await test(reference) }
    try demand(error.why.contains("unheard of"), "the reason doesn't name the class: \(error)")
  }

  func wrongScores() async throws {
    for labels in [BackendData.labels + ["a fourth"], Array(BackendData.labels.prefix(2))] {
      let reference = try data.list(data.unassigned, "labels")
      let request = try request(.predict(PredictOptions()), reference, labels: labels)
      do {
        let outcome = try await run(request)
        try demand(outcome.result.itemCounts.ok == 0, "\(labels.count) labels fitted a model of 3 classes")
        for result in try outcome.answers() {
          try demand(result.stage == .infer, "'\(result.id)' is \(result.outcome)")
        }
      } catch let error as GalleyError {
        try demand(!error.why.isEmpty, "it was refused without a reason")
      }
    }
  }

  func changedData() async throws {
    guard case .listing(let path, let digest) = try data.list(data.unassigned, "changed") else { return }
    _ = try data.list(Array(data.unassigned.dropLast()), "changed")
    try await refusal(of: "changed data") { try await predict(.listing(path: path, digest: digest)) }
    try FileManager.default.removeItem(atPath: path)
    let error = try await refusal(of: "missing data") { try await predict(.listing(path: path, digest: digest)) }
    try demand(error.place == path, "the error names \(String(describing: error.place))")
  }
}
