// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// A thread of its own for code that blocks, which must not occupy a thread of Swift's small pool.
package enum OwnedThread {
  /// Runs `body` on a new detached thread; if the system has none left, on one of the pool.
  package static func start(_ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(Body(body))
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { context in
        guard let context else { return nil }
        Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    guard status == 0 else {
      box.release()
      Task.detached { body() }
      return
    }
    pthread_detach(thread)
  }

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
}
