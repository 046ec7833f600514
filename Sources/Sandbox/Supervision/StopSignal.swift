// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Wakes the supervisor of a command that is no longer wanted.
final class StopSignal: Sendable {
  /// Readable once the command must stop; -1 if the process has no descriptors left.
  let descriptor: CInt
  private let writer: CInt

  init() {
    var ends: [CInt] = [-1, -1]
    _ = pipe(&ends)
    (descriptor, writer) = (ends[0], ends[1])
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  }

  func request() {
    var byte: UInt8 = 0
    _ = write(writer, &byte, 1)
  }

  deinit {
    close(descriptor)
    close(writer)
  }
}
