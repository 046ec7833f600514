// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// How soon replies come, in nanoseconds of one clock. A thread that sleeps and is woken takes longer than a small model
/// does; so the next reply is waited for awake if the last one came soon.
package struct ReplyPace: Sendable {
  /// How long a thread waits awake at most: some ten times what it takes to wake one. A wait in vain costs little then, and
  /// a model that takes longer has no neighbour that waits awake.
  private static let soon: UInt64 = 200_000

  private var asked: UInt64 = 0
  private var isSoon = false

  /// Nothing came yet.
  package init() {}

  /// Something is asked for.
  package mutating func asked(at time: UInt64) { asked = time }
  /// It came.
  package mutating func answered(at time: UInt64) { isSoon = time &- asked < Self.soon }
  /// It was waited for awake, and didn't come.
  package mutating func wasInVain() { isSoon = false }

  /// Until when to wait awake for what was asked for; `nil` to go to sleep.
  package var patience: UInt64? { isSoon ? asked &+ Self.soon : nil }
}
