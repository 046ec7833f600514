// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Synchronization
internal import WorkerProtocol

/// One worker that does requests one after another, so that LibTorch is opened once for all of them.
///
/// A worker that failed is ended, and the next request has a fresh one.
actor KeptWorker {
  private var worker: WorkerProcess?
  private var isTaken = false
  private var waiting: [CheckedContinuation<Void, Never>] = []
  /// Hears the worker's log for the request that it does now.
  private let listener = Mutex<(@Sendable (WorkerLogLine) -> Void)?>(nil)

  /// Does something with the worker when those that came before are done.
  /// - Parameters:
  ///   - onLog: Hears the worker's log meanwhile.
  ///   - start: Starts a worker whose log goes to a listener of this actor's.
  func use<Result: Sendable>(
    onLog: @escaping @Sendable (WorkerLogLine) -> Void,
    start: @Sendable (@escaping @Sendable (WorkerLogLine) -> Void) async throws -> WorkerProcess,
    _ body: @Sendable (WorkerProcess) async throws -> Result
  ) async throws -> Result {
    await take()
    defer { give() }
    listener.withLock { $0 = onLog }
    defer { listener.withLock { $0 = nil } }
    try Task.checkCancellation()
    let worker: WorkerProcess
    if let kept = self.worker {
      worker = kept
    } else {
      worker = try await start { [weak self] line in self?.listener.withLock { $0 }?(line) }
      self.worker = worker
    }
    do {
      return try await body(worker)
    } catch {
      self.worker = nil
      await worker.stop()
      throw error
    }
  }

  /// Ends the worker, if there is one.
  func stop() async {
    await take()
    defer { give() }
    await worker?.stop()
    worker = nil
  }

  private func take() async {
    guard isTaken else { return isTaken = true }
    await withCheckedContinuation { waiting.append($0) }
  }

  /// Hands the worker to whoever waits the longest.
  private func give() {
    guard !waiting.isEmpty else { return isTaken = false }
    waiting.removeFirst().resume()
  }
}
