// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import NIOCore
internal import NIOFoundationEssentialsCompat
internal import NIOSSL
internal import NIOTLS
internal import TargetProtocol

/// The end of a connection's pipeline: waits for the handshake, holds what comes until somebody takes it, and stops
/// reading while what is to be sent can't be written.
final class ConnectionHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = Never
  typealias OutboundOut = ByteBuffer

  /// Bytes not yet written from which on nothing is read. It is more than senders of blobs ever have under way, so that
  /// two sides which both send blobs never wait for each other.
  private static let readingLimit = 1 << 21
  /// How long the other side may take to take the last bytes.
  private static let parting = TimeAmount.seconds(5)

  private enum Stage {
    case opening(EventLoopPromise<Void>, deadline: Scheduled<Void>?)
    case waiting
    case driven(any ConnectionSink)
    case parting
    case closed
  }

  private let check: CertificateCheck?
  private var stage: Stage
  private var context: ChannelHandlerContext?
  private var held: [Data] = []
  private var wantsRead = false
  /// Bytes that were given and aren't written.
  private(set) var pendingByteCount = 0

  /// - Parameter check: What certificates are held against; `nil` without TLS.
  init(_ check: CertificateCheck?, opened: EventLoopPromise<Void>) {
    self.check = check
    stage = .opening(opened, deadline: nil)
  }

  // MARK: Opening

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if context.channel.isActive { becomeActive() }
  }

  func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

  func channelActive(context: ChannelHandlerContext) {
    becomeActive()
    context.fireChannelActive()
  }

  /// Gives the handshake so long.
  func setDeadline(_ time: Duration) {
    guard let context, case .opening(let opened, nil) = stage else { return }
    let task = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { [weak self] () -> Void in
      self?.failOpening(GalleyError(.unavailable, "can't connect", why: "the other side took too long to shake hands"))
    }
    stage = .opening(opened, deadline: task)
  }

  private func becomeActive() { if check == nil { open() } }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case TLSUserEvent.handshakeCompleted(let name)? = event as? TLSUserEvent else {
      return context.fireUserInboundEventTriggered(event)
    }
    guard name == SecureLayer.applicationProtocol else {
      return failOpening(
        GalleyError(
          .unavailable, "can't connect",
          why: "the other side doesn't speak '\(SecureLayer.applicationProtocol)': it is no agent or host of Galley"))
    }
    // A session that TLS took up again shows no certificate anew; its dates count all the same.
    if let shown = certificate, let check, !check.admits(shown) {
      return failOpening(check.lastRefusal ?? GalleyError(.configuration, "can't connect", why: "it was refused"))
    }
    open()
  }

  private func open() {
    guard case .opening(let opened, let deadline) = stage else { return }
    deadline?.cancel()
    stage = .waiting
    opened.succeed()
  }

  func failOpening(_ error: GalleyError) {
    guard case .opening(let opened, let deadline) = stage else { return }
    deadline?.cancel()
    stage = .closed
    opened.fail(error)
    context?.close(promise: nil)
  }

  /// The certificate that the other side showed.
  var certificate: NIOSSLCertificate? {
    guard let context else { return nil }
    return (try? context.pipeline.syncOperations.handler(type: NIOSSLHandler.self))?.peerCertificate
  }

  // MARK: Reading

  /// Gives all bytes, those that are here and those that come, to a sink.
  func drive(_ sink: any ConnectionSink) {
    let isOpen = if case .waiting = stage { true } else { false }
    if isOpen { stage = .driven(sink) }
    let bytes = held
    held = []
    for piece in bytes { sink.receive(piece) }
    sink.receivedAll()
    // The other side may have said why it leaves, and left, before anybody listened here.
    if isOpen { readIfWanted() } else { sink.ended() }
  }

  func read(context: ChannelHandlerContext) {
    guard mayRead else { return wantsRead = true }
    context.read()
  }

  private var mayRead: Bool {
    switch stage {
    case .opening, .parting, .closed: true
    case .waiting: false
    case .driven: pendingByteCount < Self.readingLimit
    }
  }

  private func readIfWanted() {
    guard wantsRead, mayRead else { return }
    wantsRead = false
    context?.read()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var buffer = unwrapInboundIn(data)
    guard let bytes = buffer.readData(length: buffer.readableBytes, byteTransferStrategy: .noCopy) else { return }
    switch stage {
    case .driven(let sink): sink.receive(bytes)
    case .opening, .waiting: held.append(bytes)
    case .parting, .closed: return
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    if case .driven(let sink) = stage { sink.receivedAll() }
    context.fireChannelReadComplete()
  }

  // MARK: Sending

  /// Sends bytes in order, as one write.
  func send(_ pieces: [Data]) {
    guard case .driven = stage, let context else { return }
    let count = pieces.reduce(0) { $0 + $1.count }
    guard count > 0 else { return }
    var buffer = context.channel.allocator.buffer(capacity: count)
    for piece in pieces { buffer.writeData(piece) }
    pendingByteCount += count
    let written = context.eventLoop.makePromise(of: Void.self)
    let start = NIODeadline.now()
    written.futureResult.assumeIsolated().whenComplete { [weak self] _ in
      self?.wrote(count, Duration(NIODeadline.now() - start))
    }
    context.writeAndFlush(wrapOutboundOut(buffer), promise: written)
  }

  private func wrote(_ count: Int, _ time: Duration) {
    pendingByteCount -= count
    if case .driven(let sink) = stage { sink.written(after: time) }
    if case .parting = stage, pendingByteCount == 0 { context?.close(mode: .output, promise: nil) }
    readIfWanted()
  }

  // MARK: Ending

  /// Ends the connection once all is written; after five seconds in any case.
  func finish() {
    guard case .driven = stage, let context else { return }
    stage = .parting
    // The other side reads the last bytes only if this one goes on taking what still comes until it closes.
    context.eventLoop.assumeIsolated().scheduleTask(in: Self.parting) { [weak self] () -> Void in self?.abort() }
    if pendingByteCount == 0 { context.close(mode: .output, promise: nil) }
    readIfWanted()
  }

  /// Ends the connection at once.
  private func abort() {
    // TLS waits a second for the other side's farewell.
    context?.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    failOpening(check?.lastRefusal ?? GalleyError(connecting: ChannelError.eof))
    end()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if case .opening = stage {
      failOpening(check?.lastRefusal ?? GalleyError(connecting: error))
    } else {
      end()
      context.close(promise: nil)
    }
  }

  private func end() {
    let before = stage
    stage = .closed
    if case .driven(let sink) = before { sink.ended() }
  }
}
