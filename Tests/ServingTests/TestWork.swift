// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Galley
import Platform
import Serving
import Synchronization

/// Work that waits for what a test says.
final class TestWork: ModelWork {
  private struct State {
    var report: (@Sendable (ModelWorkEvent) -> Void)?
    var wasCancelled = false
  }

  private let state = Mutex(State())
  private let requests = AsyncStream.makeStream(of: ModelWorkRequest.self)
  private let ends = AsyncStream.makeStream(of: Result<JSONObject, GalleyError>.self)

  var wasCancelled: Bool { state.withLock { $0.wasCancelled } }

  /// The request of the job that begins next.
  func next() async -> ModelWorkRequest {
    var iterator = requests.stream.makeAsyncIterator()
    return await iterator.next() ?? ModelWorkRequest(kind: .train, modelID: "")
  }

  func report(_ event: ModelWorkEvent) { state.withLock { $0.report }?(event) }

  /// Ends the job that runs.
  func finish(_ result: Result<JSONObject, GalleyError>) { ends.continuation.yield(result) }

  /// Knows one option.
  func check(_ request: ModelWorkRequest, in store: PlatformStore) throws(GalleyError) {
    for name in request.options.values.keys where name != "batchSize" {
      throw GalleyError(.usage, "can't start the job", at: "options.\(name)", why: "there is no such option")
    }
  }

  func perform(
    _ request: ModelWorkRequest, in store: PlatformStore, report: @escaping @Sendable (ModelWorkEvent) -> Void
  ) async throws -> JSONObject {
    state.withLock { $0.report = report }
    requests.continuation.yield(request)
    for await result in ends.stream { return try result.get() }
    state.withLock { $0.wasCancelled = true }
    throw CancellationError()
  }
}

/// Work that ends when a test says so, and not when it is cancelled.
final class StubbornWork: ModelWork {
  private let ends = AsyncStream.makeStream(of: Void.self)

  func end() { ends.continuation.finish() }

  func check(_ request: ModelWorkRequest, in store: PlatformStore) {}

  func perform(
    _ request: ModelWorkRequest, in store: PlatformStore, report: @escaping @Sendable (ModelWorkEvent) -> Void
  ) async throws -> JSONObject {
    let stream = ends.stream
    await Task.detached { for await _ in stream {} }.value
    return .empty
  }
}
