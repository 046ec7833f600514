// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// What an adapter's function gave for one item.
enum BatchAnswer<Value: Sendable>: Sendable {
  case value(Value)
  case skipped(String)
  case failed(AdapterFailure)
}

/// Asks for batches, and halves one that fails until the guilty item is alone: the others get their answers.
struct Bisection<Value: Sendable>: Sendable {
  /// The adapter's name.
  let adapter: String
  /// Where items fail here.
  let stage: AdapterFailure.Stage
  /// What is asked for, in the plural: `predictions`.
  let answers: String
  let limit: TimeLimit
  let ask: @Sendable (AdapterBatch) async throws -> [BatchAnswer<Value>]
  /// Items in a row with which the adapter was lost.
  private var losses = 0
  /// Why nothing more is asked; `nil` while the adapter is of use.
  private(set) var ended: GalleyError?
  /// Whether the task was cancelled.
  private(set) var isCancelled = false

  /// After so many items in a row with which the adapter was lost, it is given up.
  static var patience: Int { 3 }

  init(
    adapter: String, stage: AdapterFailure.Stage, answers: String, limit: TimeLimit,
    ask: @escaping @Sendable (AdapterBatch) async throws -> [BatchAnswer<Value>]
  ) {
    self.adapter = adapter
    self.stage = stage
    self.answers = answers
    self.limit = limit
    self.ask = ask
  }

  /// Answers for the items of a batch, in their order.
  /// - Returns: `nil` for items that were not asked for, since the task was cancelled or the adapter given up.
  mutating func answer(_ batch: AdapterBatch) async -> [BatchAnswer<Value>?] {
    guard batch.count > 0 else { return [] }
    guard ended == nil, !isCancelled else { return .init(repeating: nil, count: batch.count) }
    do {
      let ask = ask
      let found = try await limit.call("the adapter '\(adapter)' works") { try await ask(batch) }
      losses = 0
      guard found.count == batch.count else { return wrongNumber(found.count, batch) }
      return found
    } catch is CancellationError where Task.isCancelled {
      isCancelled = true
      return .init(repeating: nil, count: batch.count)
    } catch let error as AdapterEnded {
      ended = error.cause
      return failed(batch, ended?.reason ?? "")
    } catch {
      return await divide(batch, error)
    }
  }

  private mutating func divide(_ batch: AdapterBatch, _ error: any Error) async -> [BatchAnswer<Value>?] {
    guard batch.count == 1 else {
      let middle = batch.count / 2
      let first = await answer(batch[0..<middle])
      return first + (await answer(batch[middle..<batch.count]))
    }
    if let lost = error as? AdapterLost {
      losses += 1
      if losses >= Self.patience {
        ended = GalleyError(
          lost.cause.exitCode, "the adapter '\(adapter)' was given up",
          why: "it was lost with \(losses) items in a row; at last: \(lost.cause.why)", remedy: lost.cause.remedy)
      }
    }
    return failed(batch, error.reason)
  }

  /// Nobody can tell which answer belongs to which item.
  private func wrongNumber(_ count: Int, _ batch: AdapterBatch) -> [BatchAnswer<Value>?] {
    failed(batch, "the adapter '\(adapter)' gave \(count) \(answers) for \(batch.count) items")
  }

  private func failed(_ batch: AdapterBatch, _ reason: String) -> [BatchAnswer<Value>?] {
    .init(repeating: .failed(AdapterFailure(stage, reason)), count: batch.count)
  }
}

extension Error {
  /// Why, as a clause for one item.
  var reason: String {
    switch self {
    case let error as GalleyError: error.place.map { "\($0): \(error.why)" } ?? error.why
    case let error as AdapterLost: error.cause.reason
    case let error as AdapterEnded: error.cause.reason
    case let error as AdapterFailure: error.reason
    default: "\(self)"
    }
  }
}
