// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
internal import Files
internal import Galley
internal import Tensors

/// The host's side of a session, as a value: bytes, the time and the user's wishes go in, what is to be done comes out.
///
/// It knows no socket and no clock. After each call, ``takeOutput()`` has what is to be done; ``tick(at:)`` is called
/// when ``nextDeadline`` has come. Once it has ended, every stream that was open has been told to have failed.
public struct HostSession: Sendable {
  var core: SessionCore<HostEvent>
  let identity: SessionIdentity
  let credential: HostCredential
  var stage = Stage.preamble
  var streams: [UInt32: HostStream] = [:]
  var lastStream: UInt32 = 0
  /// Whether either side said that nothing new begins, and when what runs must have ended.
  var goodbye: Duration?
  var isLeaving = false
  /// The stream whose turn to send is next.
  var turn: UInt32 = 0

  enum Stage: Sendable {
    case preamble
    case hello
    case welcome(agent: Digest)
    case commit
    case reveal(commitment: Digest)
    case person(until: Duration)
    case paired
    case ready(Welcome)
  }

  /// Begins a session: the first bytes are there to be sent, or its end if the agent isn't the one that was pinned.
  public init(
    _ identity: SessionIdentity, _ credential: HostCredential, times: SessionTimes = SessionTimes(), at now: Duration
  ) {
    (self.identity, self.credential) = (identity, credential)
    core = SessionCore(times, at: now)
    begin()
  }

  /// What is to be done since the last time.
  public mutating func takeOutput() -> [SessionOutput<HostEvent>] { core.takeOutput() }

  /// How the session ended; `nil` while it lasts.
  public var end: SessionEnd? { core.end }

  /// What the agent said of itself; `nil` before it knows the host.
  public var welcome: Welcome? {
    if case .ready(let welcome) = stage { return welcome }
    return nil
  }

  /// Bytes that wait for more.
  public var heldByteCount: Int { core.heldByteCount }

  /// Takes bytes of the agent.
  public mutating func receive(_ bytes: Data, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen else { return }
    let (frames, violation) = core.decode(bytes)
    do throws(ProtocolViolation) {
      for frame in frames where core.isOpen { try take(frame) }
      if let violation { throw violation }
    } catch {
      finish(SessionEnd(.violation, error.description))
    }
    settle()
  }

  /// The connection has ended.
  public mutating func disconnect(at now: Duration) {
    core.advance(to: now)
    finish(SessionEnd(.cut, "the connection to the agent was cut"))
  }

  /// When the time next matters; `nil` once the session has ended.
  public var nextDeadline: Duration? {
    guard var next = core.nextDeadline else { return nil }
    for stream in streams.values { next = min(next, stream.deadline(core.times)) }
    if let goodbye { next = min(next, goodbye) }
    if case .person(let until) = stage { next = min(next, until) }
    return next
  }

  /// Does what is due.
  public mutating func tick(at now: Duration) {
    core.advance(to: now)
    guard core.isOpen else { return }
    if let end = core.tick() { return finish(end) }
    if case .person(let until) = stage, core.now >= until {
      finish(SessionEnd(.pairingRefused, "nobody said that the digits agree"))
    }
    for (stream, state) in streams.sorted(by: { $0.key < $1.key })
    where core.isOpen && state.deadline(core.times) <= core.now {
      expire(stream, state)
    }
    if let goodbye, core.now >= goodbye { finish(SessionEnd(.done, "the time to say goodbye is over")) }
    settle()
  }

  /// Ends the session: at once what doesn't run, and within `seconds` what does.
  public mutating func leave(within seconds: UInt32, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen, !isLeaving else { return }
    guard case .ready = stage, !streams.isEmpty else { return finish(SessionEnd(.done, "nothing is left to do")) }
    isLeaving = true
    goodbye = core.now + .seconds(Int(seconds))
    core.send(OutgoingFrame.goodbye(seconds))
  }

  /// Whatever ends the session ends its streams.
  mutating func finish(_ end: SessionEnd, telling: Bool = true) {
    guard core.isOpen else { return }
    failStreams(end)
    core.finish(end, telling: telling)
  }

  /// Ends the session if its last stream has gone and nothing new begins; fails what a remote end left open.
  mutating func settle() {
    if core.isOpen, isLeaving, streams.isEmpty { core.finish(SessionEnd(.done, "nothing is left to do")) }
  }

  mutating func failStreams(_ end: SessionEnd) {
    let failure = RequestFailure(
      .failed, exitCode: end.code.exitCode, what: "the session with the agent ended", why: end.reason)
    for stream in streams.keys.sorted() { core.tell(.failed(stream: stream, failure)) }
    streams = [:]
  }

  private mutating func take(_ frame: IncomingFrame) throws(ProtocolViolation) {
    switch frame {
    case .preamble(let preamble): try take(preamble)
    case .piece(let stream, let bytes, let isEnd): try takePiece(stream, bytes, isEnd)
    case .message(let type, let stream, let payload):
      if type == .close {
        let close = try ClosePayload(payload)
        return finish(SessionEnd(close.code, close.reason, isRemote: true))
      }
      if try core.serve(type, payload) { return }
      if stream == 0 { try takeHandshake(type, payload) } else { try takeMessage(type, stream, payload) }
    }
  }
}
