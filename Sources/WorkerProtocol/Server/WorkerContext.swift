// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Synchronization

/// What a handler may say and ask while it works on one request. It may be used from any thread.
public final class WorkerContext: Sendable {
  /// The request's id.
  public let request: RequestID
  private let writer: MessageWriter
  private let cancelled = Atomic<Bool>(false)
  private let waiting = Mutex(EventBatch())

  init(request: RequestID, writer: MessageWriter) {
    self.request = request
    self.writer = writer
  }

  /// Whether the client no longer wants the result.
  public var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

  /// Leaves the handler if the client no longer wants the result.
  public func checkCancellation() throws(CancellationError) {
    if isCancelled { throw CancellationError() }
  }

  /// Tells the client how far the work has come.
  /// - Parameters:
  ///   - stage: What is being done: "training".
  ///   - completed: Units done so far.
  ///   - total: Units in all; `nil` if that isn't known.
  ///   - unit: What is counted, in the plural: "epochs".
  ///   - message: One line for people.
  ///   - metrics: Numbers by name; they may be infinite or NaN.
  public func progress(
    _ stage: String, completed: Int, total: Int? = nil, unit: String = "", message: String? = nil,
    metrics: [String: Double] = [:]
  ) {
    let report = WorkerProgress(
      request: request, stage: stage, completed: completed, total: total, unit: unit, message: message,
      metrics: metrics)
    writer.notify(StandardMethod.progress, report)
  }

  /// Tells the client what an engine's user is told. Steps and items are gathered, so that a hundred thousand of them
  /// make some hundred messages; everything else is sent at once, after what waits.
  public func event(_ event: EngineEvent) {
    // Sent within the lock, so that events from several threads arrive in the order in which they were gathered.
    waiting.withLock { batch in
      if batch.add(event) { writer.notify(StandardMethod.event, batch.take(request)) }
    }
  }

  /// Sends the events that wait; done before the request is answered.
  func flushEvents() {
    waiting.withLock { batch in
      if !batch.isEmpty { writer.notify(StandardMethod.event, batch.take(request)) }
    }
  }

  /// Sends a line to the client's log.
  public func log(_ level: LogLevel, _ message: String) {
    writer.notify(StandardMethod.log, WorkerLogLine(level: level, message: message))
  }

  func cancel() { cancelled.store(true, ordering: .relaxed) }
}
