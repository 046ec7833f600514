// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Advisory locks (flock(2)) of open files and folders. The kernel gives a lock back when the last descriptor of the
/// opening is closed, so also when a process dies, however it does.
package enum AdvisoryLock {
  package enum Kind: Sendable { case shared, exclusive }

  /// What came of asking for a lock.
  package enum Outcome: Sendable, Hashable {
    case taken
    /// Another opening of the file has it.
    case held
    /// There are no locks where the file lies; the system's error number.
    case impossible(CInt)
  }

  /// Asks for the lock without waiting.
  package static func attempt(_ kind: Kind, of descriptor: CInt) -> Outcome {
    while flock(descriptor, (kind == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 {
      let number = errno
      if number == EINTR { continue }
      return number == EWOULDBLOCK ? .held : .impossible(number)
    }
    return .taken
  }

  /// Asks for the lock until it is free, or the time is over: whoever hangs with it shall not make others hang. The
  /// thread waits.
  package static func take(_ kind: Kind, of descriptor: CInt, within time: Duration) -> Outcome {
    let deadline = ContinuousClock.now + time
    var pause: UInt32 = 500
    while true {
      let outcome = attempt(kind, of: descriptor)
      guard outcome == .held, ContinuousClock.now < deadline else { return outcome }
      usleep(pause)
      pause = min(pause * 2, 20_000)
    }
  }

  /// Gives the lock back.
  package static func release(_ descriptor: CInt) { flock(descriptor, LOCK_UN) }
}
