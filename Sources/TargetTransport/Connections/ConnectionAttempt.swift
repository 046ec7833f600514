// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import TargetProtocol

/// One way to an agent, from the name to the end of the handshake.
struct ConnectionAttempt: Sendable {
  private let endpoint: Endpoint
  private let identity: Identity?
  private let socket: CInt?
  private let time: TimeAmount
  private let layer: SecureLayer?
  private let check: CertificateCheck?

  init(
    _ endpoint: Endpoint, _ identity: Identity?, _ pinned: Digest?, _ socket: CInt?, _ time: Duration
  ) throws(GalleyError) {
    (self.endpoint, self.identity, self.socket, self.time) = (endpoint, identity, socket, TimeAmount(time))
    if endpoint.isUnixSocket {
      (layer, check) = (nil, nil)
    } else {
      do throws(GalleyError) {
        (layer, check) = (try SecureLayer(host: identity), CertificateCheck(pinned: pinned))
      } catch {
        // The socket was handed over.
        if let socket { close(socket) }
        throw error
      }
    }
  }

  func run() async throws -> Connection {
    let loop = TransportThreads.group.next()
    let result = loop.makePromise(of: Connection.self)
    // Finding the address of a name has no limit of its own.
    let limit = loop.scheduleTask(in: time) { result.fail(ChannelError.connectTimeout(time)) }
    result.futureResult.whenComplete { _ in limit.cancel() }
    connect(on: loop).hop(to: loop).whenComplete { outcome in
      switch outcome {
      case .success(let channel): open(channel, result)
      case .failure(let error): result.fail(error)
      }
    }
    return try await withTaskCancellationHandler {
      try await result.futureResult.get()
    } onCancel: {
      result.fail(CancellationError())
    }
  }

  private func connect(on loop: any EventLoop) -> EventLoopFuture<any Channel> {
    let bootstrap = ClientBootstrap(group: loop).connectTimeout(time)
    if let socket { return bootstrap.withConnectedSocket(socket) }
    return switch endpoint {
    case .tcp(let host, let port): bootstrap.connect(host: host, port: port)
    case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
    }
  }

  private func open(_ channel: any Channel, _ result: EventLoopPromise<Connection>) {
    result.futureResult.whenFailure { _ in channel.close(promise: nil) }
    let opened = channel.eventLoop.makePromise(of: Void.self)
    do {
      let handler = ConnectionHandler(check, opened: opened)
      try ConnectionSetup.configure(channel, isTCP: check != nil)
      let secure = try check.flatMap { check in try layer?.hostHandler(check) }
      let bound = try ConnectionSetup.add(handler, secure: secure, to: channel)
      opened.futureResult.whenComplete { outcome in
        switch outcome {
        case .success: result.succeed(connection(channel, bound))
        case .failure(let error): result.fail(error)
        }
      }
    } catch {
      opened.fail(error)
      result.fail(error)
    }
  }

  private func connection(_ channel: any Channel, _ handler: NIOLoopBound<ConnectionHandler>) -> Connection {
    let facts = ChannelFacts(
      agentCertificate: handler.value.certificate?.digest,
      hostCertificate: identity.flatMap { layer == nil ? nil : $0.digest },
      isLocal: endpoint.isUnixSocket)
    return Connection(channel, handler, facts: facts, peer: endpoint.description)
  }
}
