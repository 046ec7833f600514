// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Adapters
internal import Galley
internal import Platform
internal import Serving
internal import Synchronization

/// What a job may be given beyond items: `batchSize`, `deadline` in seconds, `run`, `keepPredictions`, `iou`.
struct WorkOptions {
  var settings = AdapterSettings()
  var keepPredictions = false
  var iou = 0.5

  private static let names = ["batchSize", "deadline", "run", "keepPredictions", "iou"]

  init(_ options: JSONObject) throws(GalleyError) {
    for (name, value) in options.values.sorted(by: { $0.key < $1.key }) {
      switch (name, value) {
      case ("batchSize", .int(let size)) where (1...65_536).contains(size): settings.batchSize = size
      case ("deadline", .int), ("deadline", .float):
        guard let seconds = Self.number(value), seconds >= 0, seconds < 1e9 else { throw Self.refusal(name, value) }
        settings.deadline = seconds > 0 ? .seconds(seconds) : nil
      case ("run", .string(let run)): settings.run = run
      case ("keepPredictions", .bool(let keep)): keepPredictions = keep
      case ("iou", .int), ("iou", .float):
        guard let share = Self.number(value), (0...1).contains(share) else { throw Self.refusal(name, value) }
        iou = share
      default: throw Self.refusal(name, value)
      }
    }
  }

  private static func number(_ value: ConfigurationValue) -> Double? {
    switch value {
    case .int(let whole): Double(whole)
    case .float(let number): number
    default: nil
    }
  }

  private static func refusal(_ name: String, _ value: ConfigurationValue) -> GalleyError {
    let isKnown = names.contains(name)
    let guess = NearestName.match(name, in: names).map { "Did you mean '\($0)'?" }
    return GalleyError(
      .usage, "can't start the job", at: "options.\(name)",
      why: isKnown ? "'\(value)' can't be used there" : "there is no such option",
      remedy: isKnown ? nil : guess ?? "There is \(names.joined(separator: ", ")).")
  }
}

/// Remembers at which stage an adapter is, so that each event of a job says it.
final class WorkStage: Sendable {
  private let name = Mutex("starting")

  func events(of event: AdapterEvent) -> [ModelWorkEvent] {
    switch event {
    case .stage(let text):
      name.withLock { $0 = text }
      return [.progress(ModelWorkProgress(stage: text, completed: 0))]
    case .items(let done, _, let total):
      return [.progress(ModelWorkProgress(stage: name.withLock { $0 }, completed: done, total: total))]
    case .epoch(let epoch):
      return [
        .progress(
          ModelWorkProgress(
            stage: name.withLock { $0 }, completed: epoch.finished, total: epoch.total, figures: epoch.metrics))
      ]
    case .failed(let id, _, let failure):
      return [.item(id: id, .failed(stage: failure.stage.rawValue, reason: failure.reason))]
    case .note: return []
    }
  }
}
