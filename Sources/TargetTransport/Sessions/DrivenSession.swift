// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import FoundationEssentials
internal import NIOCore
public import TargetProtocol

/// A session as a value, of either side: what a ``SessionDriver`` drives.
public protocol DrivenSession: Sendable {
  /// What its user is told.
  associatedtype Event: Sendable

  /// Takes bytes of the other side.
  mutating func receive(_ bytes: Data, at now: Duration)
  /// The connection has ended.
  mutating func disconnect(at now: Duration)
  /// When the time next matters; `nil` once it has ended.
  var nextDeadline: Duration? { get }
  /// Does what is due.
  mutating func tick(at now: Duration)
  /// What is to be done since the last time.
  mutating func takeOutput() -> [SessionOutput<Event>]
  /// Bytes of a blob that can be sent now.
  mutating func nextPiece(most limit: Int) -> WantedPiece?
  /// Gives bytes of a blob that were asked for.
  mutating func send(_ bytes: Data, of stream: UInt32, at now: Duration)
}

extension HostSession: DrivenSession {}
extension AgentSession: DrivenSession {}

/// The clock of sessions: seconds since the machine began, which nobody sets.
public enum SessionClock {
  /// The time.
  public static var now: Duration { .nanoseconds(Int64(clamping: NIODeadline.now().uptimeNanoseconds)) }
}
