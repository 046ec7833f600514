// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Synchronization

/// Waits for a user's function, but not for ever.
struct TimeLimit: Sendable {
  /// How long it may take; `nil` for ever.
  var deadline: Duration?
  /// How long it may go on after it was told to stop.
  var patience: Duration
  /// Where it runs; a function that doesn't stop keeps it.
  private let thread = UserThread()

  init(deadline: Duration?, patience: Duration) {
    self.deadline = deadline
    self.patience = patience
  }

  /// Runs `body`, which is cancelled at the deadline, and when the calling task is.
  /// - Parameter what: What is being done, as a clause: "the adapter 'x' predicts".
  /// - Throws: `AdapterLost` after the deadline; `AdapterEnded` if it doesn't stop then either; `CancellationError` if
  ///   the calling task was cancelled; what `body` throws.
  func call<Value: Sendable>(
    _ what: String, _ body: @escaping @Sendable () async throws -> Value
  ) async throws -> Value {
    try Task.checkCancellation()
    let call = TimedCall<Value>()
    // Tasks of their own: whoever waits must get away from a function that doesn't stop.
    let work = Task(executorPreference: thread) {
      do { call.finish(.success(try await body())) } catch { call.finish(.failure(error)) }
    }
    let timer = deadline.map { deadline in
      Task {
        try await Task.sleep(for: deadline)
        let lost = GalleyError(
          .unavailable, "\(what) for too long", why: "a batch took longer than \(deadline)",
          remedy: "Make the batch smaller or the deadline longer.")
        call.expire(AdapterLost(lost))
        work.cancel()
        try await Task.sleep(for: patience)
        call.finish(.failure(AdapterEnded(lost)), overriding: true)
      }
    }
    defer { timer?.cancel() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { call.wait($0) }
    } onCancel: {
      call.expire(CancellationError())
      work.cancel()
      Task {
        try await Task.sleep(for: patience)
        call.finish(.failure(CancellationError()), overriding: true)
      }
    }
  }
}

/// What both sides know of a call: how it came out, and who waits for that.
private final class TimedCall<Value: Sendable>: Sendable {
  private struct State {
    var result: Result<Value, any Error>?
    var waiter: CheckedContinuation<Value, any Error>?
    /// What a failure means, once the call was stopped.
    var reason: (any Error)?
  }

  private let state = Mutex(State())

  /// The call is being stopped: whatever it fails with from now on, this is why.
  func expire(_ reason: any Error) {
    state.withLock { if $0.reason == nil, $0.result == nil { $0.reason = reason } }
  }

  /// The first result counts.
  /// - Parameter overriding: Whether the result stands even though the call was stopped for another reason.
  func finish(_ result: Result<Value, any Error>, overriding: Bool = false) {
    let waiter: (CheckedContinuation<Value, any Error>, Result<Value, any Error>)? = state.withLock { state in
      guard state.result == nil else { return nil }
      var result = result
      if case .failure(let error) = result, !overriding, !(error is AdapterEnded), let reason = state.reason {
        result = .failure(reason)
      }
      state.result = result
      defer { state.waiter = nil }
      return state.waiter.map { ($0, result) }
    }
    waiter?.0.resume(with: waiter?.1 ?? result)
  }

  func wait(_ continuation: CheckedContinuation<Value, any Error>) {
    let early: Result<Value, any Error>? = state.withLock { state in
      if state.result == nil { state.waiter = continuation }
      return state.result
    }
    if let early { continuation.resume(with: early) }
  }
}
