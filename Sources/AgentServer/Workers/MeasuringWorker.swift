// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Synchronization
internal import TargetProtocol
internal import TargetTransport
internal import WorkerProtocol

/// A measuring process of one session, which does one thing after the other: requests and single inferences.
final class MeasuringWorker: Sendable {
  /// What a stream asked for.
  enum Job: Sendable {
    /// The body asks the process, and gives what is to be done with the session.
    case request(stream: UInt32, body: @Sendable (WorkerProcess) async throws -> Answer)
    case run(stream: UInt32, inputs: EncodedTensors)

    var stream: UInt32 {
      switch self {
      case .request(let stream, _), .run(let stream, _): stream
      }
    }
  }

  /// What is told to the host.
  typealias Answer = @Sendable (inout AgentSession, Duration) -> Void

  struct State {
    var waiting: [Job] = []
    var current: UInt32?
    /// The current job is a single inference.
    var isRunning = false
    var task: Task<Void, Never>?
    /// The current job was cancelled, perhaps before its task was known.
    var isCancelled = false
    var channel: RunChannel?
    /// The process was told to leave the channel.
    var isLeaving = false
    /// Why the agent ended the process; known before the process is gone.
    var reason: RequestFailure?
    /// No job is taken any more.
    var end: RequestFailure?
    /// What is done when the worker is stopped; `nil` once it was.
    var closing: [@Sendable () -> Void]? = []
  }

  let process: WorkerProcess
  let state = Mutex(State())
  private let port: SessionPort
  /// Takes the agent's paths out of a failure.
  private let hiding: @Sendable (RequestFailure) -> RequestFailure
  /// Told of each stream when its job is taken and when it is done.
  private let onBusy: @Sendable (_ stream: UInt32, Bool) -> Void

  init(
    _ process: WorkerProcess, _ port: SessionPort, hiding: @escaping @Sendable (RequestFailure) -> RequestFailure,
    onBusy: @escaping @Sendable (_ stream: UInt32, Bool) -> Void
  ) {
    (self.process, self.port, self.hiding, self.onBusy) = (process, port, hiding, onBusy)
    if let number = process.processID { MemoryWatch.offer(number) }
  }

  // MARK: Jobs

  /// Does a job after those before it.
  func submit(_ job: Job) {
    // Told before another thread can take the job and be done with it.
    onBusy(job.stream, true)
    let end = state.withLock { state in
      if state.end == nil { state.waiting.append(job) }
      return state.end
    }
    if let end {
      port.fail(job.stream, end)
      return onBusy(job.stream, false)
    }
    advance()
  }

  /// A job is no longer wanted. One that goes on for five seconds is ended with the process.
  func cancel(_ stream: UInt32) {
    enum Step { case none, waited, stop(Task<Void, Never>?), watch }
    let step = state.withLock { state -> Step in
      if let index = state.waiting.firstIndex(where: { $0.stream == stream }) {
        state.waiting.remove(at: index)
        return .waited
      }
      guard state.current == stream else { return .none }
      state.isCancelled = true
      return state.isRunning ? .watch : .stop(state.task)
    }
    switch step {
    case .none: break
    case .waited:
      port.fail(stream, Self.cancelled)
      onBusy(stream, false)
    case .stop(let task): task?.cancel()
    case .watch:
      Task.detached { [weak self] in
        try? await Task.sleep(for: .seconds(5))
        guard let self, state.withLock({ $0.current == stream }) else { return }
        kill(Self.ended("it didn't heed a cancellation within 5 s"))
      }
    }
  }

  /// Ends the process at once, for a reason that its jobs are told.
  func kill(_ reason: RequestFailure) {
    state.withLock { $0.reason = $0.reason ?? reason }
    process.kill()
  }

  /// Lets something be done when the worker is stopped; at once if it was.
  func onStop(_ body: @escaping @Sendable () -> Void) {
    let isStopped = state.withLock { state in
      state.closing?.append(body)
      return state.closing == nil
    }
    if isStopped { body() }
  }

  /// Ends the process; returns when it is gone.
  func stop() async {
    let waiting = state.withLock { state in
      state.end = state.end ?? Self.ended("it was stopped")
      state.reason = state.reason ?? state.end
      if !state.isLeaving { leave(state.channel) }
      state.isLeaving = state.channel != nil
      defer { state.waiting = [] }
      return state.waiting
    }
    for job in waiting {
      port.fail(job.stream, Self.ended("it was stopped"))
      onBusy(job.stream, false)
    }
    await process.stop()
    let closing = state.withLock { state in
      defer { state.closing = nil }
      return state.closing ?? []
    }
    for body in closing { body() }
  }

  /// Ends the process without asking it; returns when it is gone.
  func stopAtOnce() async {
    process.kill()
    await stop()
  }

  // MARK: One after the other

  private enum Next {
    case nothing
    case request(UInt32, @Sendable (WorkerProcess) async throws -> Answer)
    case run(UInt32, EncodedTensors, RunChannel?)
  }

  private func advance() {
    let next = state.withLock { state -> Next in
      guard state.current == nil, let first = state.waiting.first else { return .nothing }
      switch first {
      case .request(let stream, let body):
        // The process leaves the single inferences first.
        if let channel = state.channel {
          if !state.isLeaving { leave(channel) }
          state.isLeaving = true
          return .nothing
        }
        state.waiting.removeFirst()
        (state.current, state.isRunning, state.isCancelled) = (stream, false, false)
        return .request(stream, body)
      case .run(let stream, let inputs):
        guard !state.isLeaving else { return .nothing }
        state.waiting.removeFirst()
        (state.current, state.isRunning, state.isCancelled) = (stream, true, false)
        return .run(stream, inputs, state.channel)
      }
    }
    switch next {
    case .nothing: break
    case .request(let stream, let body): begin(stream, body)
    case .run(let stream, let inputs, let channel): run(stream, inputs, channel)
    }
  }

  private func leave(_ channel: RunChannel?) {
    if let channel, !channel.leave() { process.kill() }
  }

  private func begin(_ stream: UInt32, _ body: @escaping @Sendable (WorkerProcess) async throws -> Answer) {
    let task = Task.detached { [self] in
      let answer: Answer
      do {
        answer = try await body(process)
      } catch {
        let failure = failure(for: error)
        answer = { $0.fail(stream, failure, at: $1) }
      }
      finish(stream, answer)
    }
    let isUnwanted = state.withLock { state in
      guard state.current == stream else { return false }
      state.task = task
      return state.isCancelled
    }
    if isUnwanted { task.cancel() }
  }

  private func run(_ stream: UInt32, _ inputs: EncodedTensors, _ open: RunChannel?) {
    do throws(RequestFailure) {
      let channel: RunChannel
      if let open { channel = open } else { channel = try openChannel() }
      try channel.send(inputs)
      if let thread = port.thread, thread.isCurrent, let outcome = channel.replyAtOnce() {
        take(outcome, of: stream, from: channel)
      }
    } catch {
      let failure = error
      finish(stream) { $0.fail(stream, failure, at: $1) }
    }
  }

  private func openChannel() throws(RequestFailure) -> RunChannel {
    let channel = try RunChannel()
    try channel.start(on: port.thread) { [weak self] in self?.take($1, from: $0) }
    state.withLock { $0.channel = channel }
    Task.detached { [self] in
      let failure: RequestFailure
      do {
        let _: NoParameters = try await process.call(ServeRunsParameters.method, channel.parameters)
        failure = Self.ended("it left the single inferences")
      } catch {
        failure = self.failure(for: error)
      }
      let lost = state.withLock { state -> UInt32? in
        (state.channel, state.isLeaving) = (nil, false)
        return state.isRunning ? state.current : nil
      }
      if let lost { finish(lost) { $0.fail(lost, failure, at: $1) } } else { advance() }
    }
    return channel
  }

  /// A reply came. It is worth something only while its channel is open: the job may have ended with the process.
  private func take(_ outcome: RunChannel.Outcome, of asked: UInt32? = nil, from channel: RunChannel) {
    let current = state.withLock { $0.isRunning && $0.channel === channel ? $0.current : nil }
    guard let stream = current, asked == nil || asked == stream else { return }
    finish(stream) { [hiding] session, now in
      switch outcome {
      case .outputs(let nanoseconds, let outputs):
        session.answerRun(stream, nanoseconds: nanoseconds, outputs: outputs, at: now)
      case .failure(let failure): session.fail(stream, hiding(failure), at: now)
      }
    }
  }

  private func finish(_ stream: UInt32, _ answer: @escaping Answer) {
    let isCurrent = state.withLock { state in
      guard state.current == stream else { return false }
      (state.current, state.task, state.isRunning) = (nil, nil, false)
      return true
    }
    guard isCurrent else { return }
    // Before the answer: a host that has it may give the machine back at once.
    onBusy(stream, false)
    port.perform(answer)
    advance()
  }

  // MARK: Failures

  private func failure(for error: any Error) -> RequestFailure { hiding(openFailure(for: error)) }

  private func openFailure(for error: any Error) -> RequestFailure {
    if process.processID == nil {
      return state.withLock { state in
        let why = (error as? GalleyError).map { $0.why } ?? "it is gone"
        let failure = state.reason ?? Self.ended(why)
        state.end = state.end ?? failure
        return failure
      }
    }
    switch error {
    case is CancellationError: return Self.cancelled
    case let failure as RequestFailure: return failure
    case let error as GalleyError: return RequestFailure(error)
    default: return RequestFailure(.failed, exitCode: .software, what: "can't measure", why: "\(error)")
    }
  }

  static let cancelled = RequestFailure(
    .cancelled, exitCode: .interrupted, what: "what the host asked for was not done", why: "it was cancelled")

  static func ended(_ why: String) -> RequestFailure {
    RequestFailure(
      .workerEnded, exitCode: .software, what: "the measuring process ended", why: why,
      remedy: "Start another one; the agent and other hosts go on.")
  }
}
