// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import FoundationEssentials
internal import Glibc
internal import NIOCore
internal import NIOFoundationEssentialsCompat
internal import NIOPosix

/// Reads a pipe on a transport thread: what another process says costs no thread that waits for it, and on a connection's
/// own thread no change of threads.
package final class PipeReader: Sendable {
  private let channel: EventLoopFuture<any Channel>

  /// Begins to read.
  /// - Parameters:
  ///   - descriptor: The reading end, which is taken over: it is closed when nothing is read any more.
  ///   - length: The most bytes that are taken at once.
  ///   - thread: Where; `nil` for any transport thread.
  ///   - take: Called there with bytes in order, as they come.
  package init(
    _ descriptor: CInt, pieces length: Int, on thread: TransportThread?,
    _ take: @escaping @Sendable (Data) -> Void
  ) {
    let loop = thread?.loop ?? TransportThreads.group.next()
    channel = NIOPipeBootstrap(group: loop)
      .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: length))
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(PipeEnd(take)) }
      }
      .takingOwnershipOfDescriptor(input: descriptor)
    channel.whenFailure { _ in close(descriptor) }
  }

  /// Reads no more, soon.
  package func finish() { channel.whenSuccess { $0.close(promise: nil) } }
}

private final class PipeEnd: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let take: @Sendable (Data) -> Void

  init(_ take: @escaping @Sendable (Data) -> Void) { self.take = take }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var buffer = unwrapInboundIn(data)
    if let bytes = buffer.readData(length: buffer.readableBytes) { take(bytes) }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
