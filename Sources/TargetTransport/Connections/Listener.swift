// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
public import Galley
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import Synchronization
internal import TargetProtocol

/// Takes connections of hosts. What it hands over has shaken hands; what doesn't within its time never shows.
public final class Listener: Sendable {
  /// How a listener takes connections.
  public struct Settings: Sendable {
    /// How long a handshake may take.
    public var handshake = Duration.seconds(10)
    /// Most connections that shake hands, or wait to be taken, at once; more are closed.
    public var waiting = 64
    /// The mode of a Unix socket's file: who may connect to it.
    public var socketMode: UInt32 = 0o600
    /// Whether a user of this machine counts as local: by default the one who runs the agent, and root.
    public var isLocal: @Sendable (_ user: UInt32) -> Bool = { $0 == geteuid() || $0 == 0 }

    /// The usual settings.
    public init() {}
  }

  /// Where it listens, with the port that it has.
  public let endpoint: Endpoint
  /// The connections as they come, until the listener stops.
  public let connections: AsyncStream<Connection>
  private let channel: any Channel
  private let doorman: Doorman

  private init(_ endpoint: Endpoint, _ channel: any Channel, _ doorman: Doorman, _ connections: AsyncStream<Connection>)
  {
    (self.endpoint, self.channel, self.doorman, self.connections) = (endpoint, channel, doorman, connections)
  }

  /// Begins to listen.
  /// - Parameter identity: Who the agent is; needed for TCP.
  /// - Throws: `GalleyError` if the address is none of this machine's, or is taken.
  public static func listen(
    on endpoint: Endpoint, identity: Identity?, _ settings: Settings = Settings()
  ) async throws(GalleyError) -> Listener {
    let (connections, continuation) = AsyncStream.makeStream(
      of: Connection.self, bufferingPolicy: .bufferingOldest(max(settings.waiting, 1)))
    var layer: SecureLayer?
    if !endpoint.isUnixSocket {
      guard let identity else { throw GalleyError(.software, "can't listen on TCP", why: "TLS needs an identity") }
      layer = try SecureLayer(agent: identity)
    }
    let doorman = Doorman(settings, layer, agent: layer == nil ? nil : identity?.digest, continuation)
    let bootstrap = ServerBootstrap(group: TransportThreads.group)
      .serverChannelOption(.backlog, value: 256)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try doorman.admit(channel) } }
    do {
      switch endpoint {
      case .tcp(let host, let port):
        let channel = try await bootstrap.bind(host: host, port: port).get()
        let taken = Endpoint.tcp(host: host, port: channel.localAddress?.port ?? port)
        return Listener(taken, channel, doorman, connections)
      case .unix(let path):
        let socket = try LocalSocket(path, mode: settings.socketMode)
        return Listener(endpoint, try await bootstrap.withBoundSocket(socket.descriptor).get(), doorman, connections)
      }
    } catch let error as GalleyError {
      throw error
    } catch {
      let reached = GalleyError(connecting: error)
      throw GalleyError(.cantCreate, "can't listen", at: endpoint.description, why: reached.why)
    }
  }

  /// Takes no more connections; those that were taken go on.
  public func stop() async {
    try? await channel.close().get()
    if case .unix(let path) = endpoint { unlink(path) }
    doorman.leave()
  }
}

/// Lets connections shake hands and hands them over.
private final class Doorman: Sendable {
  private let settings: Listener.Settings
  private let layer: SecureLayer?
  private let agent: Digest?
  private let continuation: AsyncStream<Connection>.Continuation
  /// Connections that shake hands.
  private let count = Atomic<Int>(0)

  init(
    _ settings: Listener.Settings, _ layer: SecureLayer?, agent: Digest?,
    _ continuation: AsyncStream<Connection>.Continuation
  ) {
    (self.settings, self.layer, self.agent, self.continuation) = (settings, layer, agent, continuation)
  }

  func leave() { continuation.finish() }

  func admit(_ channel: any Channel) throws {
    guard count.add(1, ordering: .relaxed).newValue <= settings.waiting else {
      count.subtract(1, ordering: .relaxed)
      return channel.close(promise: nil)
    }
    let check = layer.map { _ in CertificateCheck(pinned: nil) }
    let opened = channel.eventLoop.makePromise(of: Void.self)
    let handler = ConnectionHandler(check, opened: opened)
    let bound: NIOLoopBound<ConnectionHandler>
    do {
      try ConnectionSetup.configure(channel, isTCP: layer != nil)
      let secure = check.flatMap { check in layer?.agentHandler(check) }
      bound = try ConnectionSetup.add(handler, secure: secure, to: channel)
    } catch {
      count.subtract(1, ordering: .relaxed)
      opened.fail(error)
      throw error
    }
    handler.setDeadline(settings.handshake)
    opened.futureResult.whenComplete { outcome in
      self.count.subtract(1, ordering: .relaxed)
      if case .success = outcome { self.handOver(channel, bound) }
    }
  }

  private func handOver(_ channel: any Channel, _ handler: NIOLoopBound<ConnectionHandler>) {
    let user = layer == nil ? Self.user(of: channel) : nil
    let facts = ChannelFacts(
      agentCertificate: agent, hostCertificate: handler.value.certificate?.digest,
      isLocal: user.map(settings.isLocal) ?? false)
    let peer =
      user.map { "user \($0)" } ?? channel.remoteAddress.map { "\($0.ipAddress ?? "?"):\($0.port ?? 0)" } ?? "?"
    let connection = Connection(channel, handler, facts: facts, peer: peer, peerUser: user)
    switch continuation.yield(connection) {
    case .enqueued: return
    default: connection.close()
    }
  }

  /// The user whom the kernel knows at the other end of a Unix socket.
  private static func user(of channel: any Channel) -> UInt32? {
    guard let provider = channel as? any SocketOptionProvider else { return nil }
    let asked: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
      level: .socket, name: .init(rawValue: SO_PEERCRED))
    var user: UInt32?
    asked.assumeIsolated().whenSuccess { user = $0.user }
    return user
  }
}
