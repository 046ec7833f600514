// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
internal import NIOCore
public import TargetProtocol

/// Drives a session over a connection, for either side: what is read goes in, what comes out is written, and the session
/// is called when its time has come.
///
/// The session lives on the connection's thread. Its user is called there, in order, and must not wait there for long;
/// what the user wants of the session is a closure that is run there: at once if the caller is on that thread already, so
/// that an answer costs no change of threads. Once the session has ended, closures still run and find it ended.
///
/// What is called for every message is compiled for both kinds of session: who drives one stands in other modules, which
/// see only the generic code.
public final class SessionDriver<Session: DrivenSession>: Sendable {
  /// What the user does when something happens. All is called on the connection's thread.
  public struct User: Sendable {
    /// Something happened.
    public var onEvent: @Sendable (Session.Event, SessionDriver<Session>) -> Void
    /// Bytes of a blob are wanted: sooner or later ``SessionDriver/give(_:of:)`` has them, or says that there are none.
    public var onPiece: @Sendable (WantedPiece, SessionDriver<Session>) -> Void
    /// The session has ended; nothing follows.
    public var onEnd: @Sendable (SessionEnd) -> Void

    /// Creates a user.
    public init(
      onEvent: @escaping @Sendable (Session.Event, SessionDriver<Session>) -> Void,
      onPiece: @escaping @Sendable (WantedPiece, SessionDriver<Session>) -> Void,
      onEnd: @escaping @Sendable (SessionEnd) -> Void
    ) {
      (self.onEvent, self.onPiece, self.onEnd) = (onEvent, onPiece, onEnd)
    }
  }

  private let loop: any EventLoop
  private let pump: NIOLoopBoundBox<SessionPump<Session>>

  /// Begins to drive a session that was just made.
  public init(_ session: Session, on connection: Connection, _ user: User) {
    loop = connection.channel.eventLoop
    pump = .makeBoxSendingValue(SessionPump(session, connection.handler, user, on: loop), eventLoop: loop)
    onLoop { [self] in pump.value.start(self) }
  }

  /// Does something with the session, soon.
  @_specialize(where Session == HostSession)
  @_specialize(where Session == AgentSession)
  public func submit(_ body: @escaping @Sendable (_ session: inout Session, _ now: Duration) -> Void) {
    onLoop { [pump] in pump.value.run(body) }
  }

  /// Does something with the session and returns what it gives.
  public func perform<Result: Sendable>(
    _ body: @escaping @Sendable (_ session: inout Session, _ now: Duration) -> Result
  ) async -> Result {
    await withCheckedContinuation { continuation in
      onLoop { [pump] in continuation.resume(returning: pump.value.run(body)) }
    }
  }

  /// Gives bytes of a blob that ``User/onPiece`` was asked for; `nil` if there are none, and the stream is ended otherwise.
  @_specialize(where Session == HostSession)
  @_specialize(where Session == AgentSession)
  public func give(_ bytes: Data?, of stream: UInt32) {
    onLoop { [pump] in pump.value.give(bytes, of: stream) }
  }

  private func onLoop(_ body: @escaping @Sendable () -> Void) {
    if loop.inEventLoop { body() } else { loop.execute(body) }
  }
}
