// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// Lets one pairing at a time through, and after each that failed makes the next one wait twice as long: whoever guesses
/// digits has one guess in a million each time, and few times.
public struct PairingGate: Sendable, Hashable {
  /// What the gate says to a host that wants to pair.
  public enum Verdict: Sendable, Hashable {
    case open
    /// Another pairing goes on.
    case taken
    /// So long yet.
    case paused(Duration)
  }

  /// The pause after the first failure.
  public static let firstPause = Duration.seconds(1)
  /// The longest pause.
  public static let longestPause = Duration.seconds(3600)

  private var failures = 0
  private var opensAt = Duration.zero
  private var isTaken = false

  /// Open, with no failures.
  public init() {}

  /// Asks to pair.
  public mutating func enter(at now: Duration) -> Verdict {
    guard !isTaken else { return .taken }
    guard now >= opensAt else { return .paused(opensAt - now) }
    isTaken = true
    return .open
  }

  /// The pairing that entered has ended.
  public mutating func leave(succeeded: Bool, at now: Duration) {
    guard isTaken else { return }
    isTaken = false
    failures = succeeded ? 0 : failures + 1
    let doublings = min(max(failures - 1, 0), 12)
    let pause = succeeded ? .zero : min(Self.firstPause * (1 << doublings), Self.longestPause)
    opensAt = now + pause
  }
}
