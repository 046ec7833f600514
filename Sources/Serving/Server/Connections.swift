// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import HummingbirdCore
internal import NIOCore
internal import Synchronization

/// The connections that are open, and those that wait until there is room for them.
final class Connections: Sendable {
  private struct State {
    var open: [ObjectIdentifier: any Channel] = [:]
    var arrived: [ObjectIdentifier: HTTP1Channel.Value] = [:]
    var waiting: [CheckedContinuation<Void, Never>] = []
    var isStopped = false
  }

  private let state = Mutex(State())
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  var count: Int { state.withLock { $0.open.count } }

  /// Whether no more are taken.
  var isStopped: Bool { state.withLock { $0.isStopped } }

  /// Remembers a connection that nobody serves yet.
  /// - Returns: false if no more are taken.
  func arrive(_ connection: HTTP1Channel.Value) -> Bool {
    state.withLock { state in
      if !state.isStopped { state.arrived[ObjectIdentifier(connection.channel)] = connection }
      return !state.isStopped
    }
  }

  /// Begins to serve a connection that has arrived; `nil` if no more are taken.
  func begin(_ channel: any Channel) -> HTTP1Channel.Value? {
    state.withLock { state in
      let connection = state.arrived.removeValue(forKey: ObjectIdentifier(channel))
      if connection != nil { state.open[ObjectIdentifier(channel)] = channel }
      return connection
    }
  }

  func remove(_ channel: any Channel) { change { $0.open[ObjectIdentifier(channel)] = nil } }

  /// Takes no more.
  /// - Returns: those that wait; the caller ends them.
  func stop() -> [HTTP1Channel.Value] {
    change { $0.isStopped = true }
    return state.withLock { state in
      defer { state.arrived = [:] }
      return Array(state.arrived.values)
    }
  }

  /// Waits until there is room for one more.
  /// - Returns: false if no more are taken.
  func room() async -> Bool {
    await wait { $0.isStopped || $0.open.count < self.limit }
    return !isStopped
  }

  /// Waits until there is none.
  func empty() async { await wait { $0.open.isEmpty } }

  /// Closes connections without a request, and the others after theirs.
  func quiesce() {
    for channel in state.withLock({ Array($0.open.values) }) {
      channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }
  }

  func close() {
    for channel in state.withLock({ Array($0.open.values) }) { channel.close(promise: nil) }
  }

  private func change(_ body: (inout State) -> Void) {
    let woken = state.withLock { state in
      body(&state)
      defer { state.waiting = [] }
      return state.waiting
    }
    for waiter in woken { waiter.resume() }
  }

  private func wait(_ isEnough: @Sendable (State) -> Bool) async {
    while !state.withLock({ isEnough($0) }) {
      await withCheckedContinuation { waiter in
        let isDone = state.withLock { state in
          if isEnough(state) { return true }
          state.waiting.append(waiter)
          return false
        }
        if isDone { waiter.resume() }
      }
    }
  }
}
