// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc
internal import Synchronization
internal import TargetTransport

/// One connection of a small local service: bytes with deadlines, closed at the end. One thread reads; any may write.
final class LocalPeer: Sendable {
  private let descriptor: CInt
  private let input = Mutex<[UInt8]>([])
  private let isWriting = Mutex(())

  init(_ descriptor: CInt) {
    self.descriptor = descriptor
    // A peer that doesn't read is given up.
    var time = timeval(tv_sec: 2, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// The number of the user at the other end of a Unix socket; `nil` for other sockets.
  var user: UInt32? { PeerCredentials(of: descriptor)?.user }

  /// The bytes before the next `end`, which is taken too; `nil` at the end of the stream, when the deadline has come, or
  /// when there are more than `limit`.
  func read(until end: [UInt8], limit: Int, deadline: ContinuousClock.Instant) -> [UInt8]? {
    while true {
      let found = input.withLock { bytes -> [UInt8]? in
        guard let place = Self.place(of: end, in: bytes) else { return nil }
        defer { bytes.removeFirst(place + end.count) }
        return Array(bytes[..<place])
      }
      if let found { return found }
      guard input.withLock({ $0.count <= limit }), receive(deadline) else { return nil }
    }
  }

  /// A line without its end.
  func readLine(deadline: ContinuousClock.Instant) -> [UInt8]? { read(until: [10], limit: 4096, deadline: deadline) }

  private func receive(_ deadline: ContinuousClock.Instant) -> Bool {
    let left = (deadline - .now).components
    guard left.seconds >= 0, left.attoseconds >= 0 else { return false }
    var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    let wait = CInt(clamping: left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000 + 1)
    let count = poll(&ready, 1, min(wait, 3_600_000))
    if count < 0 { return errno == EINTR }
    // A deadline that has come is seen at the next call.
    guard count > 0 else { return true }
    return withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
      let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
      if count < 0 { return errno == EINTR }
      guard count > 0 else { return false }
      input.withLock { $0.append(contentsOf: buffer[..<count]) }
      return true
    }
  }

  /// Writes all, or gives up after a while.
  @discardableResult func write(_ text: String) -> Bool {
    isWriting.withLock { _ in
      var rest = Array(text.utf8)[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
      }
      return true
    }
  }

  /// Wakes whoever reads: there is nothing more.
  func shut() { shutdown(descriptor, CInt(SHUT_RDWR)) }

  private static func place(of end: [UInt8], in bytes: [UInt8]) -> Int? {
    guard bytes.count >= end.count else { return nil }
    return (0...(bytes.count - end.count)).first { bytes[$0..<$0 + end.count].elementsEqual(end) }
  }
}
