// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Foundation
internal import Galley
internal import Synchronization

extension BackendTrial {
  func progress() async throws {
    let outcome = try await predict()
    guard case .started(.predict, let total, let unit)? = outcome.events.first else {
      throw BackendFailure("the first event is \(String(describing: outcome.events.first))")
    }
    try demand(total == data.items.count && unit == "items", "it began with \(String(describing: total)) \(unit)")
    let told = outcome.events.compactMap { event -> ItemResult? in
      if case .item(let result) = event { result } else { nil }
    }
    try demand(told == (try outcome.answers()), "what was told of the items isn't what was written")
  }

  func wholeFiles() async throws {
    for outcome in [try await predict(), try await test()] {
      try demand(!outcome.result.files.isEmpty && !outcome.result.tools.isEmpty, "the result is \(outcome.result)")
      for (name, file) in outcome.result.files {
        try demand(file.path.hasPrefix(outcome.folder), "'\(name)' lies outside the folder: \(file.path)")
        let data = try Data(contentsOf: URL(filePath: file.path))
        try demand(
          Digest(of: data) == file.digest && data.count == file.byteCount, "'\(name)' isn't what it is said to be")
      }
      let there = Set(try FileManager.default.subpathsOfDirectory(atPath: outcome.folder))
      let named = Set(outcome.result.files.values.map { String($0.path.dropFirst(outcome.folder.count + 1)) })
      try demand(there == named, "there are \(there.sorted()), and \(named.sorted()) were named")
    }
  }

  func cancellation() async throws {
    let base = data.unassigned
    let items = (0..<4000).map { index in
      ItemListing.Item(id: "\(index)", file: base[index % base.count].file, subset: nil, classes: [])
    }
    var options = PredictOptions()
    options.batchSize = 1
    options.threads = 1
    let request = try request(.predict(options), try data.list(items, "many"))
    let cancel = Mutex<(@Sendable () -> Void)?>(nil)
    let (started, begin) = AsyncStream.makeStream(of: Void.self)
    let task = Task {
      for await _ in started { break }
      return try await backend.run(
        request,
        events: EventSink { event in
          if case .item = event { cancel.withLock { $0 }?() }
        })
    }
    cancel.withLock { $0 = { task.cancel() } }
    begin.yield()
    begin.finish()
    do {
      let result = try await task.value
      throw BackendFailure("it went on to the end: \(result.itemCounts)")
    } catch is CancellationError {}
    for name in try FileManager.default.contentsOfDirectory(atPath: request.folder) {
      try demand(!name.hasPrefix(".galley-"), "a temporary file stayed behind: \(name)")
      guard name == "predictions.jsonl" else { continue }
      let answers = try Self.answers("\(request.folder)/\(name)")
      try demand(answers.map(\.id) == items.map(\.id), "not every item stands once in the file")
      let skipped = answers.count { if case .skipped = $0.outcome { true } else { false } }
      try demand(skipped > 0 && skipped < items.count, "\(skipped) of \(items.count) were skipped")
    }
  }

  func options() async throws {
    try await refusal(of: "topK beyond the classes") { try await predict { $0.topK = 4 } }
    try await refusal(of: "a threshold for one class") { try await predict { $0.threshold = 0.9 } }
    try await refusal(of: "an unknown metric") { try await test { $0.metrics = ["acuracy"] } }
    try await refusal(of: "a metric of another task") { try await test { $0.metrics = ["hamming-loss"] } }
    let unknown = try request(
      .predict(PredictOptions()), try data.list(data.unassigned, "own"), own: ["no-such-option": .int(1)])
    let error = try await refusal(of: "an unknown option of the backend") { try await run(unknown) }
    try demand("\(error)".contains("no-such-option"), "the error doesn't name the option: \(error)")
    for (option, reason) in backend.descriptor.refusals[.predict] ?? [:] {
      try demand(!reason.isEmpty, "'\(option)' is refused without a reason")
    }
  }

  func export() async throws {
    guard backend.descriptor.objections(.export, model.form, .classification).isEmpty else { return }
    var options = ExportOptions()
    options.samples = 6
    let outcome = try await run(try request(.export(options), data.listing))
    for name in ["model", "card", "certificate"] {
      try demand(outcome.result.files[name] != nil, "there is no file '\(name)'")
    }
  }
}
