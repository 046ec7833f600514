// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import HTTPTypes
internal import HummingbirdCore
internal import Logging
internal import NIOCore
internal import NIOPosix
public import Platform

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
  /// - Throws: `GalleyError` if the socket can't be used, or no longer; what was begun has ended then as well.
  public func run(on socket: ListeningSocket) async throws {
    let address = "\(socket.host):\(socket.port)"
    let workspace = try Workspace(in: store.place.store, reserve: settings.diskReserve)
    defer { workspace.remove() }
    let pool = BlockingWork(threads: 8)
    let jobs = JobBoard(store: store, work: work, settings: settings)
    let responder = Responder(
      store: store, jobs: jobs, token: token, settings: settings, work: pool, workspace: workspace, log: log)
    let channel = HTTP1Channel(
      responder: { try await responder.respond($0, $1, $2) },
      configuration: HTTP1Channel.Configuration(
        idleTimeout: .milliseconds(Int64(settings.idleTime * 1000)),
        httpDecoderConfiguration: .init(
          maxHeaderFieldSize: 32 << 10, maxHeaderListSize: 64 << 10, maxHeaderFieldCount: 200)))
    let connections = Connections(limit: settings.connectionLimit)
    let listening: NIOAsyncChannel<any Channel, Never>
    do {
      listening = try await Self.listen(socket, channel, connections)
    } catch {
      await pool.end()
      throw GalleyError(.unavailable, "can't listen", at: address, why: "\(error)")
    }
    // The work of connections isn't cancelled with this task: it ends by itself.
    let serving = Task.detached { try await Self.accept(listening, channel, connections) }
    let result = await withTaskCancellationHandler {
      await serving.result
    } onCancel: {
      Self.drop(connections.stop(), channel)
      listening.channel.close(promise: nil)
    }
    let failure = Self.failure(result, wasAsked: connections.isStopped, address)
    Self.drop(connections.stop(), channel)
    if let failure { log(.failed(reason: failure.why)) }
    log(.ending(requests: connections.count, jobs: await jobs.openCount()))
    await end(jobs, connections, pool)
    if let failure { throw failure }
  }

  private static let silent = Logger(label: "galley.serving") { _ in SwiftLogNoOpLogHandler() }

  /// Takes connections as they come. What NIO makes of one must be used and ended: it is kept by `connections` until
  /// somebody serves it, and never lies in a queue that may be let go.
  private static func listen(
    _ socket: ListeningSocket, _ channel: HTTP1Channel, _ connections: Connections
  ) async throws -> NIOAsyncChannel<any Channel, Never> {
    try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelOption(.allowRemoteHalfClosure, value: true)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .bind(socket.descriptor) { connection in
        channel.setup(channel: connection, logger: silent).map { value in
          if !connections.arrive(value) { drop([value], channel) }
          return connection
        }
      }
  }

  /// Serves connections until the socket is closed. Passing trouble, like too many open files, is waited for in NIO.
  private static func accept(
    _ listening: NIOAsyncChannel<any Channel, Never>, _ channel: HTTP1Channel, _ connections: Connections
  ) async throws {
    try await listening.executeThenClose { inbound in
      for try await connection in inbound {
        guard await connections.room(), let value = connections.begin(connection) else { continue }
        Task.detached {
          await channel.handle(value: value, logger: silent)
          connections.remove(connection)
        }
      }
    }
  }

  /// Ends connections that nobody will serve.
  private static func drop(_ connections: [HTTP1Channel.Value], _ channel: HTTP1Channel) {
    for connection in connections {
      connection.channel.close(promise: nil)
      Task.detached { await channel.handle(value: connection, logger: silent) }
    }
  }

  /// Why no more connections are taken, unless it was asked for.
  private static func failure(
    _ result: Result<Void, any Error>, wasAsked: Bool, _ address: String
  ) -> GalleyError? {
    guard !wasAsked else { return nil }
    let why =
      switch result {
      case .success: "the socket was closed from outside"
      case .failure(let error): "\(error)"
      }
    return GalleyError(.unavailable, "can't take connections any more", at: address, why: why)
  }

  /// Lets requests and jobs end, as long as the grace allows. The task is cancelled by now, so that it can't wait itself.
  private func end(_ jobs: JobBoard, _ connections: Connections, _ pool: BlockingWork) async {
    let isOver = await Self.within(settings.graceTime) {
      connections.quiesce()
      await jobs.close()
      await connections.empty()
    }
    if !isOver { log(.abandoned(requests: connections.count, jobs: await jobs.openCount())) }
    connections.close()
    // A thread that reads or writes the store can't be stopped: it ends with the process, and a transaction with it.
    _ = await Self.within(isOver ? settings.graceTime : 1) { await pool.end() }
  }

  /// Waits for something, at most some seconds.
  /// - Returns: whether it ended in time.
  private static func within(_ seconds: Double, _ body: @escaping @Sendable () async -> Void) async -> Bool {
    await Task.detached {
      let (ends, first) = AsyncStream.makeStream(of: Bool.self)
      Task.detached {
        await body()
        first.yield(true)
      }
      let clock = Task.detached {
        try? await Task.sleep(for: .seconds(seconds))
        first.yield(false)
      }
      defer { clock.cancel() }
      for await isOver in ends { return isOver }
      return false
    }.value
  }
}
