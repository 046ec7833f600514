// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Synchronization
internal import WorkerProtocol

/// Work that blocks, on a thread of its own: it must not occupy one of Swift's small pool.
enum BlockingWork {
  /// Whether the work should end, and what to do at once when it should.
  final class Stop: Sendable {
    private struct State {
      var isAsked = false
      var actions: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    /// Whether the calling task was cancelled.
    var isAsked: Bool { state.withLock { $0.isAsked } }

    /// Has `action` done when the task is cancelled, or now if it was.
    func whenAsked(_ action: @escaping @Sendable () -> Void) {
      let isLate = state.withLock { state in
        state.actions.append(action)
        return state.isAsked
      }
      if isLate { action() }
    }

    func ask() {
      let actions = state.withLock { state in
        state.isAsked = true
        return state.actions
      }
      for action in actions { action() }
    }
  }

  /// Runs `body` on a new thread. Cancelling the task asks it to stop; it is waited for in any case.
  static func run<Result: Sendable>(_ body: @escaping @Sendable (Stop) throws -> Result) async throws -> Result {
    let stop = Stop()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        OwnedThread.start { continuation.resume(with: Swift.Result { try body(stop) }) }
      }
    } onCancel: {
      stop.ask()
    }
  }
}
