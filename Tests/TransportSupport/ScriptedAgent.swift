// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import Foundation
public import Galley
import Synchronization
public import TargetProtocol
public import TargetTransport

/// An agent as small as it can be: blobs in memory, methods as a closure says.
public final class ScriptedAgent: Sendable {
  /// What becomes of a request.
  public enum Reply: Sendable {
    case answer(ConfigurationValue)
    case failure(RequestFailure)
    /// Nothing is said.
    case silence
    /// The connection ends without a word.
    case cut
  }

  /// Does a method.
  public typealias Script = @Sendable (RequestMessage, _ tell: @escaping @Sendable (RequestEvent) -> Void) -> Reply

  private struct State {
    var blobs: [Digest: Data] = [:]
    /// What came of uploads that were interrupted.
    var parts: [Digest: Data] = [:]
    var sessions = 0
    var cancelled = 0
    var received = 0
  }

  private let state = Mutex(State())
  private let script: Script
  private let cuts: [Int]
  private let limits: AgentLimits
  private let lies: Bool

  /// - Parameters:
  ///   - cuts: Bytes of blobs after which the first sessions are cut, one number for each.
  ///   - lies: Whether it sends other bytes than were asked for.
  ///   - script: What it does; it gives parameters back if there is none.
  public init(
    limits: AgentLimits = AgentLimits(), lies: Bool = false,
    cuts: [Int] = [], script: Script? = nil
  ) {
    (self.limits, self.lies, self.cuts) = (limits, lies, cuts)
    self.script =
      script ?? { message, _ in (try? message.parameters(as: ConfigurationValue.self)).map { .answer($0) } ?? .silence }
  }

  public var sessionCount: Int { state.withLock { $0.sessions } }
  public var cancelledCount: Int { state.withLock { $0.cancelled } }
  /// Bytes of blobs that came, over all sessions.
  public var receivedCount: Int { state.withLock { $0.received } }
  public func blob(_ digest: Digest) -> Data? { state.withLock { $0.blobs[digest] } }
  public func keep(_ data: Data) -> Digest {
    let digest = Digest(of: data)
    state.withLock { $0.blobs[digest] = data }
    return digest
  }

  /// Begins a session on a connection.
  public func drive(_ connection: Connection) {
    var generator = SystemRandomNumberGenerator()
    let identity = SessionIdentity(
      name: "scripted-agent", version: "1", nonce: .random(using: &generator), channel: connection.facts)
    let number = state.withLock { state in
      state.sessions += 1
      return state.sessions
    }
    let capabilities = Capabilities(platform: "linux-test", methods: ["echo"], runtimes: ["none": "1"])
    let trust = AgentTrust(tokens: [AccessToken(TransportPlace.secret)].compactMap { $0 }, takesLocal: true)
    let session = AgentSession(
      identity, trust, Welcome(capabilities: capabilities, limits: limits, session: "\(number)"), at: SessionClock.now)
    let course = ScriptedSession(
      agent: self, connection: connection, rest: cuts.indices.contains(number - 1) ? cuts[number - 1] : nil)
    _ = SessionDriver(
      session, on: connection,
      .init(
        onEvent: { event, driver in course.take(event, driver) },
        onPiece: { piece, driver in course.give(piece, driver) },
        onEnd: { _ in course.end() }))
  }

  fileprivate func reply(to message: RequestMessage, _ tell: @escaping @Sendable (RequestEvent) -> Void) -> Reply {
    script(message, tell)
  }
  fileprivate func part(_ digest: Digest) -> Data { state.withLock { $0.parts.removeValue(forKey: digest) ?? Data() } }
  fileprivate func keepPart(_ data: Data, of digest: Digest) { state.withLock { $0.parts[digest] = data } }
  fileprivate func count(_ bytes: Int) { state.withLock { $0.received += bytes } }
  fileprivate func countCancelled() { state.withLock { $0.cancelled += 1 } }
  fileprivate func outgoing(_ digest: Digest) -> Data? { blob(digest).map { lies ? Data($0.map { ~$0 }) : $0 } }
}

/// One session of a scripted agent.
private final class ScriptedSession: Sendable {
  private struct State {
    var arriving: [UInt32: (blob: Blob, data: Data)] = [:]
    var leaving: [UInt32: Data] = [:]
    /// Bytes of blobs that may still come before the session is cut.
    var rest: Int?
  }

  private let agent: ScriptedAgent
  private let connection: Connection
  private let state: Mutex<State>

  init(agent: ScriptedAgent, connection: Connection, rest: Int?) {
    (self.agent, self.connection) = (agent, connection)
    state = Mutex(State(rest: rest))
  }

  func take(_ event: AgentEvent, _ driver: SessionDriver<AgentSession>) {
    switch event {
    case .request(let stream, let message):
      let tell: @Sendable (RequestEvent) -> Void = { event in driver.submit { $0.tell(event, of: stream, at: $1) } }
      switch agent.reply(to: message, tell) {
      case .answer(let value): driver.submit { $0.answer(stream, value, at: $1) }
      case .failure(let failure): driver.submit { $0.fail(stream, failure, at: $1) }
      case .silence: return
      case .cut: connection.close()
      }
    case .cancelled(let stream):
      agent.countCancelled()
      let failure = RequestFailure(.cancelled, exitCode: .interrupted, what: "it ended", why: "it was cancelled")
      driver.submit { $0.fail(stream, failure, at: $1) }
    case .offered(let stream, let blob):
      if agent.blob(blob.digest) != nil { return driver.submit { $0.have(stream, at: $1) } }
      let part = agent.part(blob.digest)
      state.withLock { $0.arriving[stream] = (blob, part) }
      driver.submit { $0.want(stream, from: UInt64(part.count), at: $1) }
    case .received(let stream, let bytes, let isEnd): receive(stream, bytes, isEnd, driver)
    case .fetched(let stream, let digest, _):
      guard let data = agent.outgoing(digest) else {
        let failure = RequestFailure(.absent, exitCode: .missingInput, what: "can't send a blob", why: "it isn't here")
        return driver.submit { $0.fail(stream, failure, at: $1) }
      }
      state.withLock { $0.leaving[stream] = data }
      driver.submit { $0.found(stream, Blob(digest: digest, byteCount: UInt64(data.count)), at: $1) }
    default: return
    }
  }

  private func receive(_ stream: UInt32, _ bytes: Data, _ isEnd: Bool, _ driver: SessionDriver<AgentSession>) {
    agent.count(bytes.count)
    let (whole, isCut) = state.withLock { state in
      state.arriving[stream]?.data.append(bytes)
      if let rest = state.rest { state.rest = rest - bytes.count }
      return (isEnd ? state.arriving.removeValue(forKey: stream) : nil, state.rest ?? 1 <= 0)
    }
    if isCut { return connection.close() }
    driver.submit { [agent] session, now in
      session.consumed(bytes.count, of: stream, at: now)
      guard let whole else { return }
      if agent.keep(whole.data) == whole.blob.digest {
        session.have(stream, at: now)
      } else {
        let failure = RequestFailure(.digest, exitCode: .badData, what: "can't keep a blob", why: "it is another")
        session.fail(stream, failure, at: now)
      }
    }
  }

  func give(_ piece: WantedPiece, _ driver: SessionDriver<AgentSession>) {
    let bytes = state.withLock { $0.leaving[piece.stream]?.dropFirst(Int(piece.offset)).prefix(piece.count) }
    driver.give(bytes ?? Data(), of: piece.stream)
  }

  func end() {
    for (blob, data) in state.withLock({ Array($0.arriving.values) }) { agent.keepPart(data, of: blob.digest) }
  }
}
