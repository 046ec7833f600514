// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Synchronization
internal import Targets
internal import TargetProtocol

/// Whose the machine is: the queue of sessions, driven by time, and the lock that keeps other programs of Galley on this
/// machine from measuring meanwhile.
final class MachineTurn: Sendable {
  /// What a session that waits is told.
  struct Waiter: Sendable {
    var granted: @Sendable () -> Void
    var place: @Sendable (Int) -> Void
    /// Another program measures; who.
    var held: @Sendable (String) -> Void
    /// It had the machine and did nothing while others waited.
    var expired: @Sendable () -> Void
    var failed: @Sendable (GalleyError) -> Void
  }

  private struct State {
    var queue = TurnQueue()
    var waiters: [UInt64: Waiter] = [:]
    var places: [UInt64: Int] = [:]
    /// The holder's, once it has the machine.
    var lock: MachineLock?
    var isLocked = false
    var locking: Task<Void, Never>?
    var timer: Task<Void, Never>?
  }

  private let state = Mutex(State())
  private let start = ContinuousClock.now
  private let lockPath: String?

  /// - Parameter lockPath: The file of the machine's lock; `nil` to do without.
  init(lockPath: String?) { self.lockPath = lockPath }

  private var now: Duration { ContinuousClock.now - start }

  /// Whether the session has the machine and may measure.
  func isHeld(by session: UInt64) -> Bool { state.withLock { $0.queue.holder == session && $0.isLocked } }

  var waitingCount: Int { state.withLock { $0.queue.waiting.count } }
  var isTaken: Bool { state.withLock { $0.queue.holder != nil } }

  /// Asks for the machine; the waiter is told what comes of it.
  func acquire(_ session: UInt64, _ waiter: Waiter) {
    let isHere = state.withLock { state in
      state.waiters[session] = waiter
      state.places[session] = nil
      return state.queue.holder == session && state.isLocked
    }
    if isHere { return waiter.granted() }
    change { $0.acquire(session, at: $1) }
  }

  /// Gives the machine or a place up.
  func leave(_ session: UInt64) {
    state.withLock { $0.waiters[session] = nil }
    change { $0.leave(session, at: $1) }
  }

  /// The session does something, or has done it. While other programs are waited for, its time doesn't count anyway.
  func use(_ session: UInt64, isBusy: Bool) {
    let now = now
    state.withLock { state in
      guard state.isLocked else { return }
      state.queue.use(session, isBusy: isBusy, at: now)
      arm(&state, now)
    }
  }

  private func change(_ body: (inout TurnQueue, Duration) -> TurnQueue.Change) {
    let now = now
    var calls: [@Sendable () -> Void] = []
    let granted = state.withLock { state -> UInt64? in
      let holder = state.queue.holder
      let change = body(&state.queue, now)
      if state.queue.holder != holder { Self.unlock(&state) }
      if let expired = change.expired, let waiter = state.waiters.removeValue(forKey: expired) {
        calls.append(waiter.expired)
      }
      for (session, place) in change.places where state.places[session] != place {
        state.places[session] = place
        if let waiter = state.waiters[session] { calls.append { waiter.place(place) } }
      }
      // Until other programs let go of the machine, time doesn't count against it.
      if let granted = change.granted { state.queue.use(granted, isBusy: true, at: now) }
      arm(&state, now)
      return change.granted
    }
    for call in calls { call() }
    if let granted { lock(for: granted) }
  }

  private static func unlock(_ state: inout State) {
    (state.lock, state.isLocked) = (nil, false)
    state.locking?.cancel()
    state.locking = nil
  }

  private func arm(_ state: inout State, _ now: Duration) {
    state.timer?.cancel()
    state.timer = state.queue.nextDeadline.map { deadline in
      Task.detached { [weak self] in
        try? await Task.sleep(for: max(deadline - now, .zero))
        guard !Task.isCancelled else { return }
        self?.change { $0.tick(at: $1) }
      }
    }
  }

  /// The machine is the session's once no other program of Galley measures.
  private func lock(for session: UInt64) {
    guard let lockPath else { return locked(session, nil) }
    let waiter = state.withLock { $0.waiters[session] }
    let task = Task.detached { [weak self] in
      do {
        let lock = try await MachineLock.acquire(path: lockPath) { waiter?.held($0) }
        self?.locked(session, lock)
      } catch let error as GalleyError {
        waiter?.failed(error)
        self?.leave(session)
      } catch {}
    }
    state.withLock { state in
      if state.queue.holder == session, !state.isLocked { state.locking = task } else { task.cancel() }
    }
  }

  private func locked(_ session: UInt64, _ lock: MachineLock?) {
    let waiter = state.withLock { state -> Waiter? in
      guard state.queue.holder == session, !state.isLocked else { return nil }
      // Another task of an earlier turn may still wait.
      state.locking?.cancel()
      (state.lock, state.isLocked, state.locking) = (lock, true, nil)
      state.queue.use(session, isBusy: false, at: now)
      arm(&state, now)
      return state.waiters[session]
    }
    waiter?.granted()
  }
}
