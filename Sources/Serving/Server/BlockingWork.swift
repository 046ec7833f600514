// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import NIOPosix

/// Threads that may wait for the store. What serves connections never does.
final class BlockingWork: Sendable {
  private let pool: NIOThreadPool

  init(threads: Int) {
    pool = NIOThreadPool(numberOfThreads: threads)
    pool.start()
  }

  func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await pool.runIfActive(body)
  }

  func end() async { try? await pool.shutdownGracefully() }
}
