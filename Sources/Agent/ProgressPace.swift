// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Measuring
internal import Synchronization

/// Lets something be said about once in a second, not before the first second has passed.
final class ProgressPace: Sendable {
  private let last = Atomic<UInt64>(MonotonicClock.nanoseconds)

  /// Whether a second has passed since this was true before.
  var isDue: Bool {
    let now = MonotonicClock.nanoseconds
    let before = last.load(ordering: .relaxed)
    guard now &- before >= 1_000_000_000 else { return false }
    return last.compareExchange(expected: before, desired: now, ordering: .relaxed).exchanged
  }
}
