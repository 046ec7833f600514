// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc
internal import Synchronization

/// A thread that takes samples at even distances until it is told to stop.
final class SamplingThread: Sendable {
  private let bell: StopBell
  private let thread: Mutex<pthread_t?>

  init(_ shared: SharedSampling) {
    let bell = StopBell()
    self.bell = bell
    let work = Unmanaged.passRetained(SamplingWork(shared: shared, bell: bell))
    var thread = pthread_t()
    let result = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<SamplingWork>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, work.toOpaque())
    if result != 0 {
      work.release()
      shared.refuse("the system gives no thread to sample on: " + String(cString: strerror(result)))
    }
    self.thread = Mutex(result == 0 ? thread : nil)
  }

  /// Ends the thread after a last sample and waits for it.
  func stop() {
    thread.withLock { thread in
      guard let running = thread else { return }
      bell.ring()
      pthread_join(running, nil)
      thread = nil
    }
  }
}

/// What the thread does.
private final class SamplingWork {
  private let shared: SharedSampling
  private let bell: StopBell

  init(shared: SharedSampling, bell: StopBell) {
    self.shared = shared
    self.bell = bell
  }

  func run() {
    let interval = UInt64(shared.interval * 1e9)
    var due = MonotonicClock.nanoseconds
    var missed = 0
    var isLast = false
    while true {
      shared.sample(missed: missed)
      if isLast { return }
      due &+= interval
      let now = MonotonicClock.nanoseconds
      if now > due {
        // A sample that comes too late is left out; the distances stay even.
        let late = (now &- due) / interval + 1
        missed += Int(late)
        due &+= late &* interval
      }
      isLast = bell.waits(nanoseconds: due &- now)
    }
  }
}

/// Wakes a waiting thread.
private final class StopBell: Sendable {
  private let isRinging = Mutex(false)
  private let reading: CInt
  private let writing: CInt

  init() {
    var ends: [CInt] = [-1, -1]
    _ = pipe(&ends)
    (reading, writing) = (ends[0], ends[1])
    for end in ends where end >= 0 { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  }

  deinit {
    for end in [reading, writing] where end >= 0 { close(end) }
  }

  func ring() {
    isRinging.withLock { isRinging in
      guard !isRinging else { return }
      isRinging = true
      var byte: UInt8 = 1
      _ = write(writing, &byte, 1)
    }
  }

  /// Waits for the bell at most so long.
  /// - Returns: whether it rings.
  func waits(nanoseconds: UInt64) -> Bool {
    if isRinging.withLock({ $0 }) { return true }
    var question = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
    _ = poll(&question, 1, CInt(min((nanoseconds + 999_999) / 1_000_000, 3_600_000)))
    return isRinging.withLock { $0 }
  }
}
