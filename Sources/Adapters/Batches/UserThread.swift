// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Dispatch

/// Where a user's functions run: they compute for long and may block, which Swift's own pool must not, least of all on a
/// machine with one core, where nobody would be left to notice the deadline.
final class UserThread: TaskExecutor {
  /// One thread at a time; it is another system thread than those of Swift's pool.
  private let queue = DispatchQueue(label: "galley.adapter")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
