// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Dispatch
internal import Synchronization

/// Whether a piece of work should end before its time.
final class Cancellation: Sendable {
  private let flag = Atomic(false)

  var isRequested: Bool { flag.load(ordering: .relaxed) }

  func request() { flag.store(true, ordering: .relaxed) }
}

/// Runs what blocks, on files or the network, on a thread of its own: Swift's few shared threads stay free for others.
enum OwnThread {
  static func run<Value: Sendable>(_ body: @escaping @Sendable (Cancellation) -> Value) async -> Value {
    let cancellation = Cancellation()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        DispatchQueue(label: "galley.fetching").async { continuation.resume(returning: body(cancellation)) }
      }
    } onCancel: {
      cancellation.request()
    }
  }
}
