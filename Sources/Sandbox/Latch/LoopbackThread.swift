// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Dispatch
internal import Glibc
internal import Synchronization

/// The one thread that the latch leaves free. It does one thing after another.
public final class LoopbackThread: Sendable {
  private let waiting = Mutex<[@Sendable () -> Void]>([])
  private let signal = DispatchSemaphore(value: 0)

  /// A thread; `nil` if the system has none left.
  static func start() -> LoopbackThread? {
    let owner = LoopbackThread()
    var thread = pthread_t()
    let context = Unmanaged.passRetained(owner)
    let status = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<LoopbackThread>.fromOpaque(context).takeUnretainedValue().serve()
      }, context.toOpaque())
    guard status == 0 else {
      context.release()
      return nil
    }
    pthread_detach(thread)
    return owner
  }

  /// Does `body` on this thread while the calling one waits. Threads that `body` starts are free too.
  public func perform(_ body: @escaping @Sendable () -> Void) {
    let done = DispatchSemaphore(value: 0)
    waiting.withLock {
      $0.append {
        body()
        done.signal()
      }
    }
    signal.signal()
    done.wait()
  }

  private func serve() -> Never {
    while true {
      signal.wait()
      let next = waiting.withLock { $0.isEmpty ? nil : $0.removeFirst() }
      next?()
    }
  }
}
