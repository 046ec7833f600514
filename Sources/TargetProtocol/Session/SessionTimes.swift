// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How long a session waits. No state waits for ever; `Documentation/target-protocol.md` has the meanings.
public struct SessionTimes: Sendable, Hashable {
  /// From the connection to the welcome.
  public var handshake = Duration.seconds(10)
  /// The same where persons compare digits.
  public var pairing = Duration.seconds(150)
  /// For a person to say that digits agree.
  public var person = Duration.seconds(120)
  /// Before a wrong proof is answered.
  public var refusal = Duration.seconds(1)
  /// Without sending, before a ping.
  public var quiet = Duration.seconds(5)
  /// Without hearing, before the end.
  public var silence = Duration.seconds(15)
  /// For one frame.
  public var frame = Duration.seconds(30)
  /// For the other side to go on with a transfer.
  public var transfer = Duration.seconds(30)
  /// For an agent to look for a blob or to check it.
  public var checking = Duration.seconds(120)
  /// For one single inference.
  public var run = Duration.seconds(60)
  /// For an agent to stop what was cancelled.
  public var agentGrace = Duration.seconds(5)
  /// For a host to wait beyond a request's end.
  public var hostGrace = Duration.seconds(10)

  /// The times of the document.
  public init() {}
}
