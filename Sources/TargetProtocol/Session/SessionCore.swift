// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials

/// What both sides' sessions have in common: bytes in and out, heartbeats, the time, and the one end.
struct SessionCore<Event: Sendable>: Sendable {
  let times: SessionTimes
  private(set) var now: Duration
  private(set) var end: SessionEnd?
  /// When the stage before the welcome ends at the latest; `nil` once both sides are known to each other.
  private(set) var handshakeEnd: Duration?

  private var decoder: FrameDecoder
  private var output: [SessionOutput<Event>] = []
  private var lastSent: Duration
  private var lastHeard: Duration
  private var frameBegan: Duration?
  /// The number of the ping that wasn't answered yet.
  private var waitingPing: UInt64?
  private var pingCount: UInt64 = 0

  init(_ times: SessionTimes, at now: Duration) {
    self.times = times
    self.now = now
    (lastSent, lastHeard) = (now, now)
    handshakeEnd = now + times.handshake
    decoder = FrameDecoder(messageLimit: FrameLimits.hello)
  }

  var isOpen: Bool { end == nil }
  var heldByteCount: Int { decoder.heldByteCount }

  mutating func advance(to time: Duration) { now = max(now, time) }

  mutating func takeOutput() -> [SessionOutput<Event>] {
    defer { output = [] }
    return output
  }

  // MARK: Sending

  mutating func send(_ pieces: [Data]) {
    guard isOpen else { return }
    lastSent = now
    if case .send(var before)? = output.last {
      output.removeLast()
      before += pieces
      output.append(.send(before))
    } else {
      output.append(.send(pieces))
    }
  }

  mutating func tell(_ event: Event) {
    guard isOpen else { return }
    output.append(.event(event))
  }

  /// Ends the session; the other side is told unless it said so itself or is gone.
  mutating func finish(_ end: SessionEnd, telling: Bool = true) {
    guard isOpen else { return }
    if telling, !end.isRemote, end.code != .cut { send(OutgoingFrame.close(end.code, end.reason)) }
    self.end = end
    output.append(.end(end))
  }

  // MARK: Stages

  /// Pairing waits for persons.
  mutating func allowPairingTime() { handshakeEnd = handshakeEnd.map { $0 - times.handshake + times.pairing } }

  /// A host expects a welcome, which is longer than a hello.
  mutating func expectWelcome() { decoder.messageLimit = FrameLimits.text }

  /// Both sides are known to each other.
  mutating func becomeReady() {
    handshakeEnd = nil
    decoder.messageLimit = FrameLimits.message
  }

  // MARK: Receiving

  /// What the bytes complete, and what is wrong after it.
  mutating func decode(_ bytes: Data) -> (frames: [IncomingFrame], violation: ProtocolViolation?) {
    lastHeard = now
    let finished = decoder.finishedFrames
    var frames: [IncomingFrame] = []
    var violation: ProtocolViolation?
    do throws(ProtocolViolation) {
      try decoder.append(bytes) { frame throws(ProtocolViolation) in frames.append(frame) }
    } catch {
      violation = error
    }
    // A frame that began in these bytes began now; one that ended makes the next one's time its own.
    let isNew = decoder.finishedFrames != finished
    frameBegan = decoder.isWithinFrame ? (isNew ? now : frameBegan ?? now) : nil
    return (frames, violation)
  }

  /// Serves the frames that keep a session alive.
  /// - Returns: whether the frame was one of them.
  mutating func serve(_ type: FrameType, _ payload: Data) throws(ProtocolViolation) -> Bool {
    switch type {
    case .ping:
      guard handshakeEnd == nil else { throw ProtocolViolation("a ping comes before the welcome") }
      send(OutgoingFrame.beat(.pong, try payload.uint64()))
    case .pong:
      let number = try payload.uint64()
      guard number == waitingPing else { throw ProtocolViolation("a pong answers no ping") }
      waitingPing = nil
    default: return false
    }
    return true
  }

  // MARK: Time

  /// When the time next matters to what both sides have in common.
  var nextDeadline: Duration? {
    guard isOpen else { return nil }
    if let handshakeEnd { return handshakeEnd }
    var next = lastHeard + times.silence
    if waitingPing == nil { next = min(next, lastSent + times.quiet) }
    if let frameBegan { next = min(next, frameBegan + times.frame) }
    return next
  }

  /// Sends what is due.
  /// - Returns: why the session must end now, if it must.
  mutating func tick() -> SessionEnd? {
    guard isOpen else { return nil }
    if let handshakeEnd {
      return now < handshakeEnd ? nil : SessionEnd(.timeout, "the two sides didn't come to know each other in time")
    }
    if now >= lastHeard + times.silence {
      return SessionEnd(.timeout, "the other side was silent for \(times.silence.components.seconds) s")
    }
    if let frameBegan, now >= frameBegan + times.frame {
      return SessionEnd(.timeout, "a frame took longer than \(times.frame.components.seconds) s")
    }
    if waitingPing == nil, now >= lastSent + times.quiet {
      pingCount += 1
      waitingPing = pingCount
      send(OutgoingFrame.beat(.ping, pingCount))
    }
    return nil
  }
}
