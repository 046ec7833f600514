// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// The time of day, for comparing with dates that others wrote.
enum WallClock {
  /// Seconds since 1970.
  static var seconds: Int { time(nil) }
}
