// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import HTTPTypes
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOPosix
public import Platform
internal import Synchronization

/// The platform over HTTP.
///
/// ``run(on:)`` serves until its task is cancelled; it then takes no more connections, lets requests end, cancels jobs,
/// and returns.
public struct PlatformServer: Sendable {
  private let store: PlatformStore
  private let token: AccessToken
  private let work: (any ModelWork)?
  private let settings: ServerSettings
  private let log: @Sendable (ServerEvent) -> Void

  /// Describes a server.
  /// - Parameters:
  ///   - store: What it serves.
  ///   - token: What callers must show.
  ///   - work: What does the jobs; without it the routes of jobs say so (501).
  ///   - log: Takes what happens; may be called from any thread.
  public init(
    store: PlatformStore, token: AccessToken, work: (any ModelWork)? = nil, settings: ServerSettings = ServerSettings(),
    log: @escaping @Sendable (ServerEvent) -> Void = { _ in }
  ) {
    (self.store, self.token, self.work, self.settings, self.log) = (store, token, work, settings, log)
  }

  /// Serves until the task is cancelled.
  /// - Parameter socket: Where callers come; it is closed at the end.
  /// - Throws: `GalleyError` if the socket can't be used.
  public func run(on socket: ListeningSocket) async throws {
    let pool = BlockingWork(threads: 8)
    let jobs = JobBoard(store: store, work: work, settings: settings)
    let responder = Responder(store: store, jobs: jobs, token: token, settings: settings, work: pool, log: log)
    let silent = Logger(label: "galley.serving") { _ in SwiftLogNoOpLogHandler() }
    let channel = HTTP1Channel(
      responder: { try await responder.respond($0, $1, $2) },
      configuration: HTTP1Channel.Configuration(
        idleTimeout: .milliseconds(Int64(settings.idleTime * 1000)),
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: 32 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 200)))
    let connections = Connections(limit: settings.connectionLimit)
    let listening: NIOAsyncChannel<HTTP1Channel.Value, Never>
    do {
      listening = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .childChannelOption(.allowRemoteHalfClosure, value: true)
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        .bind(socket.descriptor) { channel.setup(channel: $0, logger: silent) }
    } catch {
      throw GalleyError(.unavailable, "can't listen", at: "\(socket.host):\(socket.port)", why: "\(error)")
    }
    // The work of connections isn't cancelled with this task: it ends by itself.
    let serving = Task.detached {
      try await Self.accept(listening, channel, connections, silent)
    }
    await withTaskCancellationHandler {
      _ = try? await serving.value
    } onCancel: {
      listening.channel.close(promise: nil)
    }
    log(.ending(requests: connections.count, jobs: await jobs.openCount()))
    await end(jobs, connections)
    await pool.end()
  }

  private static func accept(
    _ listening: NIOAsyncChannel<HTTP1Channel.Value, Never>, _ channel: HTTP1Channel, _ connections: Connections,
    _ silent: Logger
  ) async throws {
    try await listening.executeThenClose { inbound in
      for try await connection in inbound {
        await connections.room()
        connections.add(connection.channel)
        Task.detached {
          await channel.handle(value: connection, logger: silent)
          connections.remove(connection.channel)
        }
      }
    }
  }

  /// Lets requests and jobs end, as long as the grace allows. The task is cancelled by now, so that it can't wait itself.
  private func end(_ jobs: JobBoard, _ connections: Connections) async {
    let grace = settings.graceTime
    await Task.detached {
      let (ends, first) = AsyncStream.makeStream(of: Void.self)
      Task.detached {
        connections.quiesce()
        await jobs.close()
        await connections.empty()
        first.finish()
      }
      let clock = Task.detached {
        try? await Task.sleep(for: .seconds(grace))
        first.finish()
      }
      for await _ in ends {}
      clock.cancel()
      connections.close()
    }.value
  }
}

/// The connections that are open.
private final class Connections: Sendable {
  private struct State {
    var open: [ObjectIdentifier: any Channel] = [:]
    var waiting: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  var count: Int { state.withLock { $0.open.count } }

  func add(_ channel: any Channel) { state.withLock { $0.open[ObjectIdentifier(channel)] = channel } }

  func remove(_ channel: any Channel) {
    let woken = state.withLock { state in
      state.open[ObjectIdentifier(channel)] = nil
      defer { state.waiting = [] }
      return state.waiting
    }
    for waiter in woken { waiter.resume() }
  }

  /// Waits until there is room for one more.
  func room() async { await wait { $0 < self.limit } }

  /// Waits until there is none.
  func empty() async { await wait { $0 == 0 } }

  private func wait(_ isEnough: @Sendable (Int) -> Bool) async {
    while !isEnough(count) {
      await withCheckedContinuation { waiter in
        let isDone = state.withLock { state in
          if isEnough(state.open.count) { return true }
          state.waiting.append(waiter)
          return false
        }
        if isDone { waiter.resume() }
      }
    }
  }

  /// Closes connections without a request, and the others after theirs.
  func quiesce() {
    for channel in state.withLock({ Array($0.open.values) }) {
      channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }
  }

  func close() {
    for channel in state.withLock({ Array($0.open.values) }) { channel.close(promise: nil) }
  }
}
