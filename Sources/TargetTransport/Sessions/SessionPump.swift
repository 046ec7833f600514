// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import NIOCore
internal import TargetProtocol

/// A session on its connection's thread.
final class SessionPump<Session: DrivenSession>: ConnectionSink {
  private var session: Session
  private let handler: NIOLoopBound<ConnectionHandler>
  private let loop: any EventLoop
  /// Both are given up at the end, so that nothing holds anything any more.
  private var user: SessionDriver<Session>.User?
  private var driver: SessionDriver<Session>?
  private var pace = PiecePace()
  /// Bytes of blobs that were asked of the user, by stream.
  private var asked: [UInt32: Int] = [:]
  private var timer: (task: Scheduled<Void>, at: Duration)?
  private var isDraining = false
  private var hasEnded = false

  init(
    _ session: Session, _ handler: NIOLoopBound<ConnectionHandler>, _ user: SessionDriver<Session>.User,
    on loop: any EventLoop
  ) {
    (self.session, self.handler, self.user, self.loop) = (session, handler, user, loop)
  }

  private var control: ConnectionHandler { handler.value }

  func start(_ driver: SessionDriver<Session>) {
    self.driver = driver
    // From then on what the session says is sent, its first words too.
    control.drive(self)
  }

  func run<Result>(_ body: (inout Session, Duration) -> Result) -> Result {
    let result = body(&session, SessionClock.now)
    drain()
    return result
  }

  func give(_ bytes: Data?, of stream: UInt32) {
    asked[stream] = nil
    if let bytes { session.send(bytes, of: stream, at: SessionClock.now) }
    drain()
  }

  // MARK: What the connection says

  @_specialize(where Session == HostSession)
  @_specialize(where Session == AgentSession)
  func receive(_ bytes: Data) { session.receive(bytes, at: SessionClock.now) }

  @_specialize(where Session == HostSession)
  @_specialize(where Session == AgentSession)
  func receivedAll() { drain() }

  @_specialize(where Session == HostSession)
  @_specialize(where Session == AgentSession)
  func written(after time: Duration) {
    pace.adapt(to: time)
    drain()
  }

  func ended() {
    session.disconnect(at: SessionClock.now)
    drain()
  }

  // MARK: What the session wants

  /// Does all that the session wants. What the user does meanwhile is done after what is under way, in order.
  private func drain() {
    guard !isDraining else { return }
    isDraining = true
    while takeOutput() || askForPiece() {}
    isDraining = false
    setTimer()
  }

  /// What the user does at once on an event goes out before the next event is told, which may take a while.
  /// - Returns: whether there was anything.
  private func takeOutput() -> Bool {
    let output = session.takeOutput()
    for step in output {
      take(step)
      if case .event = step { _ = takeOutput() }
    }
    return !output.isEmpty
  }

  private func take(_ step: SessionOutput<Session.Event>) {
    switch step {
    case .send(let pieces):
      control.send(pieces)
    case .event(let event): if let driver { user?.onEvent(event, driver) }
    case .end(let end):
      hasEnded = true
      timer?.task.cancel()
      timer = nil
      asked = [:]
      control.finish()
      user?.onEnd(end)
      (user, driver) = (nil, nil)
    }
  }

  /// Asks the user for bytes of a blob if little waits to be written. What the user gives at once is sent before more is
  /// asked for: until then nobody knows that it waits.
  private func askForPiece() -> Bool {
    guard !hasEnded, control.pendingByteCount + asked.values.reduce(0, +) < 2 * pace.length,
      let piece = session.nextPiece(most: pace.length)
    else { return false }
    asked[piece.stream] = piece.count
    if let driver { user?.onPiece(piece, driver) }
    return true
  }

  // MARK: Time

  /// One timer is kept; it is set anew only for an earlier time, since most deadlines move away before they come.
  private func setTimer() {
    guard !hasEnded, let deadline = session.nextDeadline else { return }
    if let timer {
      guard deadline < timer.at else { return }
      timer.task.cancel()
    }
    let wait = max(deadline - SessionClock.now, .zero)
    let task = loop.assumeIsolated().scheduleTask(in: TimeAmount(wait)) { [weak self] () -> Void in self?.ring() }
    timer = (task, deadline)
  }

  private func ring() {
    timer = nil
    session.tick(at: SessionClock.now)
    drain()
  }
}

/// How long the pieces of a blob are. Two of them are ahead of what is written, and that shall be less than a second's
/// writing, so that nothing waits long behind them on a slow line.
struct PiecePace {
  private static let shortest = 1 << 12

  /// Most bytes of the next piece.
  private(set) var length = 1 << 16

  /// Takes note of how long something that was sent took to be written.
  mutating func adapt(to time: Duration) {
    if time > .seconds(1) {
      length = max(length / 2, Self.shortest)
    } else if time < .milliseconds(250) {
      length = min(length * 2, FrameLimits.frame)
    }
  }
}
