// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Dispatch
internal import Glibc

/// Ctrl-C and SIGTERM: the first cancels the work, which then ends cleanly; the second ends the program at once.
enum Interruption {
  /// Runs `body` in a task that the first interruption cancels, after `notice` has said so.
  static func watching(notice: @escaping @Sendable () -> Void, _ body: @escaping @Sendable () async throws -> Void)
    async throws
  {
    let work = Task { try await body() }
    let sources = [SIGINT, SIGTERM].map { number in
      // The default action would end the process before the source is told.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        if work.isCancelled { _exit(128 + number) }
        notice()
        work.cancel()
      }
      source.resume()
      return source
    }
    defer { for source in sources { source.cancel() } }
    try await work.value
  }
}
