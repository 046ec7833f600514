// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Synchronization

/// Stops the run that is under way, and no later one. LiteRT asks between the nodes of the graph, and what a delegate
/// took is one node: a model that XNNPACK takes whole ends its inference first, and its run throws then.
final class LiteRTCancellation: Sendable {
  /// 0: nothing runs; 1: a run is under way; 2: and is to stop.
  private let state = Atomic<UInt8>(0)

  /// Whether the run that is under way should stop; asked by LiteRT between the nodes of the graph.
  var isWanted: Bool { state.load(ordering: .relaxed) == 2 }

  /// A run begins.
  func begin() { state.store(1, ordering: .relaxed) }

  /// The run has ended; tells whether it was to be stopped. A wish that comes just now comes too late.
  func end() -> Bool {
    let isWanted = isWanted
    state.store(0, ordering: .relaxed)
    return isWanted
  }

  /// Asks the run that is under way to stop, from any thread.
  func cancel() { _ = state.compareExchange(expected: 1, desired: 2, ordering: .relaxed) }
}
