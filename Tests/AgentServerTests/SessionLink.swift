// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import AgentServer
import Dispatch
import Files
import FoundationEssentials
import Galley
import Synchronization
import TargetProtocol
import Tensors

/// A host's session and an agent's, joined without sockets on one queue; what serves the agent's side is the real one.
final class SessionLink: Sendable {
  private struct State {
    var host: HostSession
    var agent: AgentSession
    /// The number of the timer that counts.
    var timer = 0
    var isPumping = false
    var isOver = false
  }

  private let queue = DispatchQueue(label: "session link")
  private let state: Mutex<State>
  /// What is sent on each stream.
  private let blobs = Mutex<[UInt32: Data]>([:])
  private let served: Mutex<ServedSession?> = Mutex(nil)
  let waiters = StreamWaiters()
  private static let start = ContinuousClock.now

  static let token = AccessToken(Data(0..<32))

  init(_ number: UInt64, _ context: AgentContext, limits: AgentLimits = AgentLimits()) throws {
    var generator = SystemRandomNumberGenerator()
    func identity(_ name: String) -> SessionIdentity {
      SessionIdentity(
        name: name, version: "1", nonce: Digest.random(using: &generator), channel: ChannelFacts(isLocal: true))
    }
    let welcome = Welcome(
      capabilities: Capabilities(platform: "linux", methods: [], runtimes: [:]), limits: limits, session: "\(number)")
    state = Mutex(
      State(
        host: HostSession(identity("host"), .local, at: Self.now),
        agent: AgentSession(identity("agent"), AgentTrust(takesLocal: true), welcome, at: Self.now)))
    let port = SessionPort { [weak self] body in
      guard let self else { return }
      queue.async {
        self.state.withLock { body(&$0.agent, Self.now) }
        self.pump()
      }
    }
    let served = ServedSession(number, context, port)
    self.served.withLock { $0 = served }
    queue.async { self.pump() }
  }

  private static var now: Duration { ContinuousClock.now - start }

  /// Does something with the host's session.
  func host<Result: Sendable>(_ body: @escaping @Sendable (inout HostSession, Duration) throws -> Result) async throws
    -> Result
  {
    try await withCheckedThrowingContinuation { continuation in
      queue.async {
        let result = Swift.Result { try self.state.withLock { try body(&$0.host, Self.now) } }
        continuation.resume(with: result)
        self.pump()
      }
    }
  }

  /// Ends the connection without a word.
  func cut() {
    queue.async {
      self.state.withLock { state in
        state.isOver = true
        state.agent.disconnect(at: Self.now)
        state.host.disconnect(at: Self.now)
      }
      self.pump()
    }
  }

  func setBlob(_ bytes: Data, of stream: UInt32) { blobs.withLock { $0[stream] = bytes } }

  // MARK: On the queue

  private func pump() {
    var isAgain = true
    while isAgain {
      let (hostOutput, agentOutput) = state.withLock {
        state -> ([SessionOutput<HostEvent>], [SessionOutput<AgentEvent>]) in
        for deadline in [state.host.nextDeadline].compactMap({ $0 }) where deadline <= Self.now {
          state.host.tick(at: Self.now)
        }
        for deadline in [state.agent.nextDeadline].compactMap({ $0 }) where deadline <= Self.now {
          state.agent.tick(at: Self.now)
        }
        while let piece = state.host.nextPiece() {
          let bytes = self.blobs.withLock { $0[piece.stream] } ?? Data()
          state.host.send(Data(bytes.dropFirst(Int(piece.offset)).prefix(piece.count)), of: piece.stream, at: Self.now)
        }
        return (state.host.takeOutput(), state.agent.takeOutput())
      }
      for item in hostOutput { take(item) }
      for item in agentOutput { take(item) }
      isAgain = !hostOutput.isEmpty || !agentOutput.isEmpty || sendPieces()
    }
    arm()
  }

  private func sendPieces() -> Bool {
    guard let piece = state.withLock({ $0.agent.nextPiece() }), let served = served.withLock({ $0 }) else {
      return false
    }
    if let bytes = served.piece(piece) { state.withLock { $0.agent.send(bytes, of: piece.stream, at: Self.now) } }
    return true
  }

  private func take(_ item: SessionOutput<HostEvent>) {
    switch item {
    case .send(let pieces):
      state.withLock { state in
        guard !state.isOver else { return }
        for piece in pieces { state.agent.receive(piece, at: Self.now) }
      }
    case .event(let event):
      if case .received(let stream, let bytes, _) = event {
        state.withLock { $0.host.consumed(bytes.count, of: stream, at: Self.now) }
      }
      waiters.take(event)
    case .end(let end): waiters.end(end)
    }
  }

  private func take(_ item: SessionOutput<AgentEvent>) {
    switch item {
    case .send(let pieces):
      state.withLock { state in
        guard !state.isOver else { return }
        for piece in pieces { state.host.receive(piece, at: Self.now) }
      }
    case .event(let event): served.withLock { $0 }?.take(event)
    case .end(let end):
      let served = served.withLock { $0 }
      Task.detached {
        await served?.end(end)
        self.waiters.agentEnded()
      }
    }
  }

  private func arm() {
    let next = state.withLock { [$0.host.nextDeadline, $0.agent.nextDeadline].compactMap { $0 }.min() }
    let timer = state.withLock { state in
      state.timer += 1
      return state.timer
    }
    guard let next else { return }
    let wait = max(next - Self.now, .zero).components
    queue.asyncAfter(
      deadline: .now() + .milliseconds(Int(wait.seconds) * 1000 + Int(wait.attoseconds / 1_000_000_000_000_000) + 1)
    ) {
      // A later one took its place.
      if self.state.withLock({ $0.timer == timer }) { self.pump() }
    }
  }
}

/// Those who wait for what comes of a host's streams.
final class StreamWaiters: Sendable {
  enum Outcome: Sendable {
    case answer(AnswerMessage)
    case ran(UInt64, [Tensor])
    case stored(Bool)
    case bytes(Data)
  }

  private struct State {
    var outcomes: [UInt32: Result<Outcome, any Error>] = [:]
    var waiting: [UInt32: CheckedContinuation<Outcome, any Error>] = [:]
    var bytes: [UInt32: Data] = [:]
    var events: [UInt32: [RequestEvent]] = [:]
    var welcome: Welcome?
    var end: SessionEnd?
    var agentHasEnded = false
  }

  private let state = Mutex(State())

  func take(_ event: HostEvent) {
    switch event {
    case .answered(let stream, let answer): finish(stream, .success(.answer(answer)))
    case .ran(let stream, let nanoseconds, let outputs): finish(stream, .success(.ran(nanoseconds, outputs)))
    case .failed(let stream, let failure): finish(stream, .failure(failure))
    case .stored(let stream, let sent): finish(stream, .success(.stored(sent)))
    case .received(let stream, let bytes, let isEnd):
      let all = state.withLock { state in
        state.bytes[stream, default: Data()].append(bytes)
        return state.bytes[stream] ?? Data()
      }
      if isEnd { finish(stream, .success(.bytes(all))) }
    case .told(let stream, let event): state.withLock { $0.events[stream, default: []].append(event) }
    case .ready(let welcome): state.withLock { $0.welcome = welcome }
    default: break
    }
  }

  func end(_ end: SessionEnd) {
    let waiting = state.withLock { state in
      state.end = end
      defer { state.waiting = [:] }
      return state.waiting.values.map { $0 }
    }
    for one in waiting { one.resume(throwing: end) }
  }

  func agentEnded() {
    state.withLock { $0.agentHasEnded = true }
  }

  func events(of stream: UInt32) -> [RequestEvent] { state.withLock { $0.events[stream] ?? [] } }
  var isReady: Bool { state.withLock { $0.welcome != nil } }
  var agentHasEnded: Bool { state.withLock { $0.agentHasEnded } }

  func outcome(of stream: UInt32) async throws -> Outcome {
    try await withCheckedThrowingContinuation { continuation in
      let known = state.withLock { state -> Result<Outcome, any Error>? in
        if let known = state.outcomes.removeValue(forKey: stream) { return known }
        if let end = state.end { return .failure(end) }
        state.waiting[stream] = continuation
        return nil
      }
      if let known { continuation.resume(with: known) }
    }
  }

  /// Waits until something is so.
  func wait(_ condition: @escaping @Sendable (StreamWaiters) -> Bool) async {
    while !condition(self) { try? await Task.sleep(for: .milliseconds(5)) }
  }

  private func finish(_ stream: UInt32, _ outcome: Result<Outcome, any Error>) {
    let waiter = state.withLock { state in
      let waiter = state.waiting.removeValue(forKey: stream)
      if waiter == nil { state.outcomes[stream] = outcome }
      return waiter
    }
    waiter?.resume(with: outcome)
  }

}
