// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Sandbox
internal import Synchronization
public import TargetProtocol
public import TargetTransport

/// A session with an agent: each call waits for its answer, and all of them end when the session does.
///
/// Nobody waits for ever: the session ends by itself when the agent is silent or slow, and with it every call.
public final class AgentClient: Sendable {
  /// What the agent said of itself.
  public let welcome: Welcome
  /// What is known of the connection.
  public let facts: ChannelFacts
  /// The target's name, for messages.
  public let name: String
  private let thread: TransportThread
  let driver: SessionDriver<HostSession>
  let calls: PendingAnswers

  init(
    _ name: String, _ driver: SessionDriver<HostSession>, _ calls: PendingAnswers, _ welcome: Welcome,
    _ connection: Connection
  ) {
    (self.name, self.driver, self.calls, self.welcome) = (name, driver, calls, welcome.onOneLine)
    (facts, thread) = (connection.facts, connection.thread)
  }

  deinit { driver.submit { $0.leave(within: 0, at: $1) } }

  /// Connects to a target's agent and lets both prove who they are.
  /// - Parameters:
  ///   - identity: Who this host is.
  ///   - time: The most that reaching the agent may take; the proofs have ten seconds of their own.
  /// - Throws: `GalleyError` that says why there is no session; `CancellationError`.
  public static func connect(
    to target: DeclaredTarget, as identity: Identity, within time: Duration = .seconds(10)
  ) async throws -> AgentClient {
    let credential = try target.credential()
    let connection = try await Connection.connect(to: target, as: identity, pinned: target.pinned, within: time)
    let calls = PendingAnswers(name: target.name)
    let driver = SessionDriver(
      HostSession(connection.sessionIdentity(), credential, at: SessionClock.now), on: connection, calls.user)
    let welcome: Welcome
    do {
      welcome = try await withTaskCancellationHandler {
        try await calls.welcome()
      } onCancel: {
        driver.submit { $0.leave(within: 0, at: $1) }
      }
    } catch {
      try Task.checkCancellation()
      throw error
    }
    return AgentClient(target.name, driver, calls, welcome, connection)
  }

  /// Asks for a method.
  /// - Parameters:
  ///   - worker: The measuring process; `nil` for methods of the agent.
  ///   - seconds: How long the answer may take.
  ///   - onEvent: What the agent tells meanwhile; called on the connection's thread, it must return soon.
  /// - Throws: `GalleyError` of the agent, or that says how the session ended; `CancellationError`.
  public func call<Parameters: Encodable & Sendable, Result: Decodable & Sendable>(
    _ method: String, worker: UInt32? = nil, within seconds: Double = RequestMessage.defaultSeconds,
    _ parameters: Parameters, onEvent: @escaping @Sendable (RequestEvent) -> Void = { _ in }
  ) async throws -> Result {
    let most = min(seconds, welcome.limits.requestSeconds)
    let answer = try await stream(.answer(onEvent)) { session, now throws(HostRefusal) in
      try session.request(method, worker: worker, within: most, parameters, at: now)
    }
    guard case .answered(let message) = answer else { throw mistake(method) }
    do {
      return try message.result(as: Result.self)
    } catch {
      throw GalleyError(
        .software, "can't understand the agent's answer to '\(method)'", at: name, why: error.description,
        remedy: "Install the same version of Galley on both sides.")
    }
  }

  /// Does something on the connection's own thread, where a call costs no change of threads: for many short ones, one
  /// after the other.
  /// - Parameter body: It waits for nothing but answers of agents; while it does anything else, nothing comes or goes.
  public func closely<Result>(_ body: () async throws -> Result) async throws -> Result {
    try await withTaskExecutorPreference(thread) { try await body() }
  }

  /// Ends the session; what runs has so many seconds.
  public func leave(within seconds: UInt32 = 0) async {
    driver.submit { $0.leave(within: seconds, at: $1) }
    await calls.waitForEnd()
  }

  /// Whether the session has ended.
  public var hasEnded: Bool { calls.end != nil }

  func mistake(_ what: String) -> GalleyError {
    GalleyError(.software, "can't understand the agent's answer to '\(what)'", at: name, why: "it is of another kind")
  }

  /// Opens a stream and waits for its end. If the task is cancelled, the stream is too, and its end waited for.
  func stream(
    _ kind: PendingAnswers.Kind,
    _ open: @escaping @Sendable (inout HostSession, Duration) throws(HostRefusal) -> UInt32
  ) async throws -> PendingAnswers.Answer {
    do {
      return try await openStream(kind, open)
    } catch let failure as RequestFailure {
      throw calls.located(failure)
    }
  }

  /// The same with the agent's own failures.
  func openStream(
    _ kind: PendingAnswers.Kind,
    _ open: @escaping @Sendable (inout HostSession, Duration) throws(HostRefusal) -> UInt32
  ) async throws -> PendingAnswers.Answer {
    try Task.checkCancellation()
    let ticket = calls.ticket()
    defer { calls.close(ticket: ticket) }
    do {
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
          driver.submit { [calls] session, now in
            do throws(HostRefusal) {
              let stream = try open(&session, now)
              if calls.wait(stream, ticket, kind, continuation) { session.cancel(stream, at: now) }
            } catch {
              calls.refuse(error, ticket, continuation)
            }
          }
        }
      } onCancel: {
        driver.submit { [calls] session, now in
          if let stream = calls.cancel(ticket) { session.cancel(stream, at: now) }
        }
      }
    } catch let failure as RequestFailure {
      // What couldn't be stopped in time ends with `deadline`.
      if [.cancelled, .deadline].contains(failure.code) { try Task.checkCancellation() }
      throw failure
    }
  }
}

extension Connection {
  /// Connects to a declared target, also under the latch of `--offline`.
  static func connect(
    to target: DeclaredTarget, as identity: Identity, pinned: Digest?, within time: Duration
  ) async throws -> Connection {
    var socket: CInt?
    if case .tcp(let host, let port) = target.endpoint, NetworkLatch.isEngaged {
      socket = try await LatchedSocket.connect(to: target.name, host, port, within: time)
    }
    return try await connect(to: target.endpoint, identity: identity, pinned: pinned, over: socket, within: time)
  }

  /// This side of a session on it.
  func sessionIdentity() -> SessionIdentity {
    var generator = SystemRandomNumberGenerator()
    return SessionIdentity(
      name: "galley", version: galleyVersion.description, nonce: .random(using: &generator), channel: facts)
  }
}
