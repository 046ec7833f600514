// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// The requests of a client that wait for their answers: bookkeeping without I/O.
struct PendingCalls {
  /// Why a caller no longer waits.
  enum Abandonment: Sendable, Hashable {
    case cancelled
    case deadline(Duration)
  }

  /// One request that waits.
  struct Call {
    var method: String
    var continuation: CheckedContinuation<IncomingMessage, any Error>
    var onProgress: (@Sendable (WorkerProgress) -> Void)?
    var onEvent: (@Sendable (EngineEvent) -> Void)?
    var abandonment: Abandonment?
  }

  private var calls: [RequestID: Call] = [:]
  private var lastNumber = 0

  /// An id that was never used.
  mutating func nextID() -> RequestID {
    lastNumber += 1
    return .number(lastNumber)
  }

  /// Whether a request ever had this id.
  func wasUsed(_ id: RequestID) -> Bool {
    if case .number(let number) = id { number >= 1 && number <= lastNumber } else { false }
  }

  /// The request `id`, if it waits.
  func call(_ id: RequestID) -> Call? { calls[id] }

  /// Adds a request.
  mutating func add(_ id: RequestID, _ call: Call) { calls[id] = call }

  /// Removes a request because it is answered or never will be.
  mutating func remove(_ id: RequestID) -> Call? { calls.removeValue(forKey: id) }

  /// Removes all requests.
  mutating func removeAll() -> [Call] {
    defer { calls = [:] }
    return Array(calls.values)
  }

  /// Marks a request as no longer wanted; false if it doesn't wait or was marked before.
  mutating func abandon(_ id: RequestID, _ reason: Abandonment) -> Bool {
    guard calls[id] != nil, calls[id]?.abandonment == nil else { return false }
    calls[id]?.abandonment = reason
    return true
  }
}
