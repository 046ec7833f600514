// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import NIOCore

/// One of the threads that move bytes. What is done for a connection on the connection's own thread costs no change of
/// threads; nothing may wait there for longer than a fraction of a millisecond.
public final class TransportThread: TaskExecutor {
  let loop: any EventLoop

  init(_ loop: any EventLoop) { self.loop = loop }

  /// Whether the caller is on it.
  package var isCurrent: Bool { loop.inEventLoop }

  /// Does a part of a task on this thread.
  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    loop.execute { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
  }
}
