// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Glibc

/// The clock that every duration comes from: `CLOCK_MONOTONIC`, which never jumps and which the kernel lets a program
/// read without entering it.
public enum MonotonicClock {
  /// Nanoseconds since an arbitrary start.
  @inlinable @inline(__always)
  public static var nanoseconds: UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(bitPattern: Int64(time.tv_sec)) &* 1_000_000_000 &+ UInt64(bitPattern: Int64(time.tv_nsec))
  }
}
