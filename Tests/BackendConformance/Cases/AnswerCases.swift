// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Foundation
internal import Galley

extension BackendTrial {
  func description() throws {
    let descriptor = backend.descriptor
    try demand(
      !descriptor.id.isEmpty && !descriptor.summary.isEmpty && !descriptor.licence.isEmpty, "it says too little")
    for verb in [EngineVerb.validate, .test, .predict] {
      guard case .yes = backend.match(verb, model, task: .classification) else {
        throw BackendFailure("it doesn't take its own model to \(verb.rawValue)")
      }
      try demand(
        backend.match(verb, model, task: .classification) == backend.match(verb, model, task: .classification),
        "it answers the same question in two ways")
    }
    for verb in EngineVerb.allCases {
      for task in EngineTask.allCases {
        let isCovered = descriptor.objections(verb, model.form, task).isEmpty
        switch backend.match(verb, model, task: task) {
        case .yes: try demand(isCovered, "it takes \(verb.rawValue) of \(task.rawValue), which it doesn't claim")
        case .no(let reasons):
          try demand(!reasons.isEmpty, "it refuses \(verb.rawValue) of \(task.rawValue) without a reason")
        }
      }
    }
    guard case .available = backend.availability() else {
      throw BackendFailure("it isn't available: \(backend.availability())")
    }
  }

  func everyItem() async throws {
    let outcome = try await predict { $0.topK = 3 }
    try demand(outcome.result.status == .succeeded, "the status is \(outcome.result.status)")
    let answers = try outcome.answers()
    try demand(answers.map(\.id) == data.unassigned.map(\.id), "the ids are \(answers.map(\.id))")
    try demand(
      outcome.result.itemCounts == .init(ok: answers.count), "the counts are \(outcome.result.itemCounts)")
    for result in answers {
      guard let answer = result.answer else { throw BackendFailure("'\(result.id)' has no answer: \(result.outcome)") }
      try Self.check(answer, result.id, topK: 3)
    }
  }

  /// Demands that an answer names the most probable classes.
  private static func check(_ answer: ItemResult.Answer, _ id: String, topK: Int) throws {
    let labels = BackendData.labels
    try demand(answer.probabilities.count == labels.count, "'\(id)' has \(answer.probabilities.count) probabilities")
    let sum = answer.probabilities.reduce(0, +)
    try demand(abs(sum - 1) < 1e-3, "the probabilities of '\(id)' add up to \(sum)")
    try demand(answer.classes.count == topK, "'\(id)' has \(answer.classes.count) classes")
    for chosen in answer.classes {
      try demand(
        labels.indices.contains(chosen.index) && labels[chosen.index] == chosen.label
          && answer.probabilities[chosen.index] == chosen.probability, "'\(id)' names \(chosen)")
    }
    let given = answer.classes.map(\.probability)
    try demand(given == Array(answer.probabilities.sorted(by: >).prefix(topK)), "'\(id)' is not sorted: \(given)")
  }

  func preparedItems() async throws {
    let files = Dictionary(uniqueKeysWithValues: try await predict().answers().map { ($0.id, $0) })
    let prepared = try await predict(data.prepared).answers()
    try demand(Set(prepared.map(\.id)) == Set(files.keys), "the ids are \(prepared.map(\.id))")
    for result in prepared {
      try Self.demandAlike(result, files[result.id], "prepared")
    }
  }

  static func demandAlike(_ one: ItemResult, _ other: ItemResult?, _ what: String) throws {
    guard let one = one.answer, let other = other?.answer, one.probabilities.count == other.probabilities.count else {
      throw BackendFailure("'\(one.id)' \(what): \(one.outcome), otherwise \(String(describing: other?.outcome))")
    }
    let difference = zip(one.probabilities, other.probabilities).map { abs($0 - $1) }.max() ?? 0
    try demand(difference < 1e-4, "the probabilities \(what) differ by \(difference)")
  }

  func repetition() async throws {
    let first = try await predict { $0.workers = 0 }
    for workers in [0, 1, 3] {
      let again = try await predict { $0.workers = workers }
      try demand(
        again.result.files["predictions"]?.digest == first.result.files["predictions"]?.digest,
        "the answers differ with \(workers) loading threads")
    }
  }

  func batches() async throws {
    let alone = try await predict { $0.batchSize = 1 }.answers()
    for size in [2, 5, 64] {
      let together = try await predict { $0.batchSize = size }.answers()
      try demand(together.map(\.id) == alone.map(\.id), "in batches of \(size) the ids are \(together.map(\.id))")
      for (one, other) in zip(together, alone) {
        try Self.demandAlike(one, other, "in batches of \(size)")
      }
    }
  }

  func badItems() async throws {
    var items = data.unassigned
    let whole = try Data(contentsOf: URL(filePath: "\(data.folder)/\(items[4].file)"))
    try whole.prefix(70).write(to: URL(filePath: "\(data.folder)/cut.bmp"))
    try Data("no image".utf8).write(to: URL(filePath: "\(data.folder)/text.bmp"))
    try Data().write(to: URL(filePath: "\(data.folder)/empty.bmp"))
    let bad = ["cut.bmp", "text.bmp", "empty.bmp", "missing.bmp"]
    for (place, file) in zip([0, 5, 6, items.count + 3], bad) {
      items.insert(ItemListing.Item(id: file, file: file, subset: nil, classes: []), at: place)
    }
    items.append(ItemListing.Item(id: "known", file: "", subset: nil, classes: [], fault: "it was damaged before"))
    let outcome = try await predict(try data.list(items, "some-bad"))
    let answers = try outcome.answers()
    try demand(answers.map(\.id) == items.map(\.id), "the ids are \(answers.map(\.id))")
    try demand(outcome.result.status == .partial, "the status is \(outcome.result.status)")
    try demand(
      outcome.result.itemCounts == .init(ok: items.count - 5, failed: 5), "counts: \(outcome.result.itemCounts)")
    let good = Dictionary(uniqueKeysWithValues: try await predict().answers().map { ($0.id, $0) })
    for result in answers {
      if bad.contains(result.id) || result.id == "known" {
        guard case .failed(.load, let reason) = result.outcome, !reason.isEmpty else {
          throw BackendFailure("'\(result.id)' is \(result.outcome)")
        }
      } else {
        try Self.demandAlike(result, good[result.id], "beside bad items")
      }
    }
    try demand(answers.last?.outcome == .failed(stage: .load, reason: "it was damaged before"), "a reason was lost")
  }

  func tables() async throws {
    let plain = try await predict { $0.topK = 2 }.answers()
    let outcome = try await predict { options in
      options.topK = 2
      options.format = .csv
    }
    guard let path = outcome.result.files["predictions"]?.path else { throw BackendFailure("there is no table") }
    let rows = try CommaSeparated.rows(String(contentsOfFile: path, encoding: .utf8))
    let columns = rows.first ?? []
    try demand(
      columns.prefix(2) == ["id", "status"] && Set(columns).count == columns.count, "the columns are \(columns)")
    try demand(rows.allSatisfy { $0.count == columns.count }, "rows have different lengths")
    try demand(rows.dropFirst().map(\.first) == plain.map(\.id), "the ids changed")
    for (row, result) in zip(rows.dropFirst(), plain) {
      let named = result.answer?.classes.map(\.label) ?? []
      try demand(row.count > 4 && [row[2], row[4]] == named, "'\(result.id)' is \(row), not \(named)")
    }
  }
}

/// Reads tables after RFC 4180, to see whether what was written comes back.
enum CommaSeparated {
  static func rows(_ text: String) -> [[String]] {
    var rows: [[String]] = []
    var (row, cell, isQuoted, wasQuote) = ([String](), "", false, false)
    for scalar in text.unicodeScalars {
      if isQuoted {
        if scalar == "\"" { (isQuoted, wasQuote) = (false, true) } else { cell.unicodeScalars.append(scalar) }
        continue
      }
      switch scalar {
      case "\"":
        if wasQuote { cell += "\"" }
        isQuoted = true
      case ",":
        row.append(cell)
        cell = ""
      case "\r": break
      case "\n":
        rows.append(row + [cell])
        (row, cell) = ([], "")
      default: cell.unicodeScalars.append(scalar)
      }
      wasQuote = false
    }
    return rows
  }
}
