// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Files
public import FoundationEssentials
internal import Galley

/// Blobs on their way.
extension HostSession {
  /// Offers a blob; it is sent if the agent doesn't have it.
  public mutating func offer(_ blob: Blob, at now: Duration) throws(HostRefusal) -> UInt32 {
    try admitTransfer()
    guard blob.byteCount <= min(welcome?.limits.blobBytes ?? 0, FrameLimits.blob) else { throw .tooLarge }
    let stream = try open(.offered(blob, until: max(now, core.now) + core.times.checking), at: now)
    core.send(OutgoingFrame.offer(stream: stream, blob))
    return stream
  }

  /// Asks for a blob from `offset` on.
  /// - Parameter window: How many bytes may be under way, at most 2²⁸.
  public mutating func fetch(
    _ digest: Digest, from offset: UInt64 = 0, window: UInt32 = 1 << 22, at now: Duration
  ) throws(HostRefusal) -> UInt32 {
    try admitTransfer()
    let window = min(max(window, 1), UInt32(FrameLimits.credit))
    let until = max(now, core.now) + core.times.checking
    let stream = try open(.fetching(offset: offset, window: window, until: until), at: now)
    core.send(OutgoingFrame.fetch(stream: stream, digest, offset: offset, credit: window))
    return stream
  }

  /// The bytes that can be sent now, in turn for each transfer. It is asked when the transport has written nearly all that
  /// it was given, so that nothing else waits behind data.
  public mutating func nextPiece(most limit: Int = FrameLimits.frame) -> WantedPiece? {
    let next = streams.next(after: turn) { if case .sending(let transfer) = $0 { transfer.canAsk } else { false } }
    guard core.isOpen, let stream = next, case .sending(var transfer)? = streams[stream] else { return nil }
    let offset = transfer.offset
    guard let count = transfer.ask(most: min(limit, FrameLimits.frame)) else { return nil }
    streams[stream] = .sending(transfer)
    turn = stream
    return WantedPiece(stream: stream, offset: offset, count: count)
  }

  /// Gives the bytes that ``nextPiece(most:)`` asked for; others are not taken. A user that can't read them cancels.
  public mutating func send(_ bytes: Data, of stream: UInt32, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen, case .sending(var transfer)? = streams[stream],
      let isEnd = transfer.give(bytes.count, at: core.now)
    else { return }
    core.send(OutgoingFrame.data(stream: stream, bytes, isEnd: isEnd))
    streams[stream] = isEnd ? .checking(until: core.now + core.times.checking) : .sending(transfer)
  }

  /// Bytes of a blob were taken, so that as many more may come.
  public mutating func consumed(_ count: Int, of stream: UInt32, at now: Duration) {
    core.advance(to: now)
    guard core.isOpen, case .receiving(var transfer)? = streams[stream] else { return }
    let credit = transfer.consume(count, at: core.now)
    streams[stream] = .receiving(transfer)
    if let credit { core.send(OutgoingFrame.credit(stream: stream, credit)) }
  }

  private func admitTransfer() throws(HostRefusal) {
    guard let welcome else { throw .notReady }
    guard streams.values.count(where: \.isTransfer) < welcome.limits.transfers else { throw .tooMany }
  }
}
