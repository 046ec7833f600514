// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Synchronization

/// What a client knows of one worker while it lives, and what becomes of the requests when it ends.
final class WorkerConnection: Sendable {
  enum Life {
    case starting
    case running(pid_t)
    case ended(WorkerEnd)
  }

  struct State {
    var calls = PendingCalls()
    var life = Life.starting
    /// How the process ended; known before its last words are read.
    var cause: WorkerEnd.Cause?
    var fault: String?
    /// A signal for a process that hadn't started yet.
    var earlySignal: CInt?
    var outputLines: LineSplitter
    var errorLines = LineSplitter(limit: 1 << 16)
    var lastErrorLines: [String] = []
    var startWaiters: [CheckedContinuation<Void, Never>] = []
    var endWaiters: [CheckedContinuation<Void, Never>] = []
  }

  let name: String
  let settings: WorkerProcess.Settings
  let streams: ChildStreams
  /// Guards all that is known; never held while anything else is called.
  let state: Mutex<State>

  init(name: String, settings: WorkerProcess.Settings, streams: ChildStreams) {
    self.name = name
    self.settings = settings
    self.streams = streams
    state = Mutex(State(outputLines: LineSplitter(limit: settings.messageLimit)))
  }

  /// Begins to read what the worker says.
  func start() {
    streams.start(
      ChildStreams.Receiver(
        output: { self.takeOutput($0) }, error: { self.takeError($0) }, outputEnded: { self.outputEnded() },
        closed: { self.closed() }))
  }

  /// The worker's process; `nil` before it has started and after it has ended.
  var processID: pid_t? {
    state.withLock { state in
      guard case .running(let process) = state.life, state.cause == nil else { return nil }
      return process
    }
  }

  // MARK: From whoever starts the process

  /// The process runs.
  func started(_ process: pid_t) {
    let (signal, waiters) = state.withLock { state in
      if case .starting = state.life { state.life = .running(process) }
      defer { state.startWaiters = [] }
      return (state.earlySignal, state.startWaiters)
    }
    if let signal { kill(signal) }
    for waiter in waiters { waiter.resume() }
  }

  /// Waits until the process is known, or gone: it may well answer before whoever started it comes to note it.
  func waitForStart() async {
    await withCheckedContinuation { continuation in
      let isKnown = state.withLock { state in
        guard case .starting = state.life else { return true }
        state.startWaiters.append(continuation)
        return false
      }
      if isKnown { continuation.resume() }
    }
  }

  /// The process has ended, or never began.
  func ended(_ cause: WorkerEnd.Cause) {
    state.withLock { $0.cause = cause }
    streams.childEnded()
  }

  // MARK: Requests

  /// Sends a request and waits for the answer.
  func call(
    _ method: String, onProgress: (@Sendable (WorkerProgress) -> Void)?,
    onEvent: (@Sendable (EngineEvent) -> Void)? = nil, deadline: Duration?,
    line: (RequestID) throws -> Data
  ) async throws -> IncomingMessage {
    let id = state.withLock { $0.calls.nextID() }
    let line = try line(id)
    let timer = deadline.map { deadline in
      Task.detached {
        try await Task.sleep(for: deadline)
        self.abandon(id, .deadline(deadline))
      }
    }
    defer { timer?.cancel() }
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let call = PendingCalls.Call(
          method: method, continuation: continuation, onProgress: onProgress, onEvent: onEvent)
        begin(id, call, line)
        // A cancellation before this point found no request to cancel.
        if Task.isCancelled { abandon(id, .cancelled) }
      }
    } onCancel: {
      abandon(id, .cancelled)
    }
  }

  private func begin(_ id: RequestID, _ call: PendingCalls.Call, _ line: Data) {
    let end: WorkerEnd? = state.withLock { state in
      if case .ended(let end) = state.life { return end }
      state.calls.add(id, call)
      return nil
    }
    if let end { return call.continuation.resume(throwing: end.error(during: call.method)) }
    streams.send(line)
  }

  private func abandon(_ id: RequestID, _ reason: PendingCalls.Abandonment) {
    guard state.withLock({ $0.calls.abandon(id, reason) }) else { return }
    notify(StandardMethod.cancel, CancelParameters(id: id))
    Task.detached { [settings] in
      try await Task.sleep(for: settings.cancelTimeout)
      if self.state.withLock({ $0.calls.call(id) != nil }) { self.kill(SIGKILL) }
    }
  }

  private func notify(_ method: String, _ parameters: some Encodable) {
    guard let line = try? OutgoingMessage.notification(method: method, parameters: parameters) else { return }
    streams.send(line)
  }

  // MARK: The end

  /// Asks the worker to end.
  func askToEnd() {
    let id = state.withLock { $0.calls.nextID() }
    if let line = try? OutgoingMessage.request(id: id, method: StandardMethod.shutdown, parameters: Nothing()) {
      streams.send(line)
    }
    streams.finishInput()
  }

  /// Makes sure that a worker which was asked to end does so, by ever stronger means.
  func enforceEnd() async throws {
    for signal in [SIGTERM, SIGKILL] {
      try await Task.sleep(for: settings.stopTimeout)
      kill(signal)
    }
  }

  /// Waits until the process is gone and its output is read.
  func waitForEnd() async {
    await withCheckedContinuation { continuation in
      let hasEnded = state.withLock { state in
        if case .ended = state.life { return true }
        state.endWaiters.append(continuation)
        return false
      }
      if hasEnded { continuation.resume() }
    }
  }

  /// Sends a signal to the worker and what it started; it has a process group of its own.
  func kill(_ signal: CInt) {
    let process: pid_t? = state.withLock { state in
      switch state.life {
      case .running(let process) where state.cause == nil: return process
      case .starting: state.earlySignal = signal
      case .running, .ended: break
      }
      return nil
    }
    if let process { _ = Glibc.kill(-process, signal) }
  }

  private func closed() {
    let (calls, end, waiters) = state.withLock { state in
      let end = WorkerEnd(
        worker: name, cause: state.cause ?? .exited(0), fault: state.fault,
        unfinished: String(decoding: state.outputLines.unfinished, as: UTF8.self),
        lastLines: state.lastErrorLines)
      state.life = .ended(end)
      defer { (state.startWaiters, state.endWaiters) = ([], []) }
      return (state.calls.removeAll(), end, state.startWaiters + state.endWaiters)
    }
    for call in calls {
      call.continuation.resume(throwing: Self.error(for: call, end.error(during: call.method), name))
    }
    for waiter in waiters { waiter.resume() }
  }
}
