// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
internal import Files
internal import Galley
internal import Tensors

/// The agent's side of a session, as a value: bytes, the time and the program's answers go in, what is to be done comes
/// out.
///
/// It knows no socket and no clock, and nothing of other sessions. After each call, ``takeOutput()`` has what is to be
/// done; ``tick(at:)`` is called when ``nextDeadline`` has come. When it has ended, all that its events began is to be
/// stopped; answers that come too late are ignored.
public struct AgentSession: Sendable {
  var core: SessionCore<AgentEvent>
  let identity: SessionIdentity
  let trust: AgentTrust
  let welcome: Welcome
  var stage = Stage.preamble
  var streams: [UInt32: AgentStream] = [:]
  var lastStream: UInt32 = 0
  /// Streams that the agent cancelled itself because their time was over.
  var expired: Set<UInt32> = []
  /// When a goodbye of either side is over.
  var goodbye: Duration?
  var isLeaving = false
  /// The stream whose turn to send is next.
  var turn: UInt32 = 0

  enum Stage: Sendable {
    case preamble
    case hello
    case prove(host: Digest)
    /// A proof was wrong; the answer waits.
    case refusing(at: Duration)
    case pairing(PairingStage)
    case ready
  }

  /// Waits for a host.
  public init(
    _ identity: SessionIdentity, _ trust: AgentTrust, _ welcome: Welcome, times: SessionTimes = SessionTimes(),
    at now: Duration
  ) {
    (self.identity, self.trust, self.welcome) = (identity, trust, welcome)
    core = SessionCore(times, at: now)
  }

  /// What is to be done since the last time.
  public mutating func takeOutput() -> [SessionOutput<AgentEvent>] { core.takeOutput() }

  /// How the session ended; `nil` while it lasts.
  public var end: SessionEnd? { core.end }

  /// Whether the host is known.
  public var isReady: Bool {
    if case .ready = stage { return true }
    return false
  }

  /// Bytes that wait for more.
  public var heldByteCount: Int { core.heldByteCount }

  /// Takes bytes of the host.
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
    finish(SessionEnd(.cut, "the connection to the host was cut"))
  }

  /// When the time next matters; `nil` once the session has ended.
  public var nextDeadline: Duration? {
    guard var next = core.nextDeadline else { return nil }
    for stream in streams.values { next = min(next, stream.deadline(core.times)) }
    if let goodbye { next = min(next, goodbye) }
    switch stage {
    case .refusing(let at): next = min(next, at)
    case .pairing(let pairing): if let until = pairing.until { next = min(next, until) }
    default: break
    }
    return next
  }

  /// Does what is due.
  public mutating func tick(at now: Duration) {
    core.advance(to: now)
    guard core.isOpen else { return }
    if let end = core.tick() { return finish(end) }
    switch stage {
    case .refusing(let at) where core.now >= at: return finish(Self.notAuthenticated)
    case .pairing(let pairing) where pairing.until.map { core.now >= $0 } ?? false:
      return finish(SessionEnd(.pairingRefused, "nobody said that the digits agree"))
    default: break
    }
    for (stream, state) in streams.sorted(by: { $0.key < $1.key })
    where core.isOpen && state.deadline(core.times) <= core.now {
      expire(stream, state)
    }
    if let goodbye, core.now >= goodbye { finish(Self.leaving) }
    settle()
  }

  /// Ends the session: at once if nothing runs, else within `seconds`; nothing new is begun.
  public mutating func leave(within seconds: UInt32, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen, !isLeaving else { return }
    guard case .ready = stage, !streams.isEmpty else { return finish(Self.leaving) }
    isLeaving = true
    goodbye = core.now + .seconds(Int(seconds))
    core.send(OutgoingFrame.goodbye(seconds))
  }

  /// Refuses a connection before it has said anything: there are too many.
  public mutating func refuse(_ end: SessionEnd, at now: Duration) {
    core.advance(to: now)
    finish(end)
  }

  static let notAuthenticated = SessionEnd(.notAuthenticated, "not authenticated")
  private static let leaving = SessionEnd(.shuttingDown, "the agent ends")

  mutating func finish(_ end: SessionEnd) {
    guard core.isOpen else { return }
    // Nothing comes before the preamble, not even a `close`.
    if case .preamble = stage, end.code != .cut { core.send([Preamble().bytes]) }
    if case .pairing(let pairing) = stage, pairing.wasOpened { core.tell(.pairingOver(succeeded: pairing.isStored)) }
    streams = [:]
    core.finish(end)
  }

  private mutating func settle() {
    if core.isOpen, isLeaving, streams.isEmpty { finish(Self.leaving) }
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
