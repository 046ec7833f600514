// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
internal import Galley
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
public import TargetProtocol

/// One connection of a host and an agent, ready to carry a session (``SessionDriver``). Nothing is read before that.
public final class Connection: Sendable {
  /// What is known of it.
  public let facts: ChannelFacts
  /// The other end, for people.
  public let peer: String
  /// The user at the other end of a Unix socket, by number.
  public let peerUser: UInt32?

  /// Where its bytes are moved, and its session's user is called.
  public let thread: TransportThread

  let channel: any Channel
  let handler: NIOLoopBound<ConnectionHandler>

  init(
    _ channel: any Channel, _ handler: NIOLoopBound<ConnectionHandler>, facts: ChannelFacts, peer: String,
    peerUser: UInt32? = nil
  ) {
    (self.channel, self.handler, self.facts, self.peer, self.peerUser) = (channel, handler, facts, peer, peerUser)
    thread = TransportThread(channel.eventLoop)
  }

  /// Ends it without a word.
  public func close() { channel.close(promise: nil) }
}

/// How a side's connections are set up.
enum ConnectionSetup {
  /// The most that is read at once.
  private static let longestRead = 1 << 18

  /// Options of a channel that carries sessions.
  static func configure(_ channel: any Channel, isTCP: Bool) throws {
    let options = channel.syncOptions
    if isTCP {
      try options?.setOption(.tcpOption(.tcp_nodelay), value: 1)
      try options?.setOption(.socketOption(.so_keepalive), value: 1)
    }
    try options?.setOption(
      .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: longestRead))
  }

  /// Adds what TLS needs and the end of the pipeline.
  static func add(
    _ handler: ConnectionHandler, secure: NIOSSLHandler?, to channel: any Channel
  ) throws -> NIOLoopBound<ConnectionHandler> {
    if let secure { try channel.pipeline.syncOperations.addHandler(secure) }
    try channel.pipeline.syncOperations.addHandler(handler)
    return NIOLoopBound(handler, eventLoop: channel.eventLoop)
  }
}

extension Connection {
  /// Connects to an agent.
  /// - Parameters:
  ///   - identity: Who this side is; `nil` to show no certificate.
  ///   - pinned: The digest that the agent's certificate must have; `nil` to take any, for pairing and tokens.
  ///   - socket: A socket that is connected already, which the connection takes over; `nil` to make one.
  ///   - time: The most that finding, reaching and shaking hands may take together.
  /// - Throws: `GalleyError` that says why there is no connection; `CancellationError`.
  public static func connect(
    to endpoint: Endpoint, identity: Identity?, pinned: Digest?, over socket: CInt? = nil,
    within time: Duration = .seconds(10)
  ) async throws -> Connection {
    let attempt = try ConnectionAttempt(endpoint, identity, pinned, socket, time)
    do {
      return try await attempt.run()
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      throw GalleyError(connecting: error).located(at: endpoint.description)
    }
  }
}
