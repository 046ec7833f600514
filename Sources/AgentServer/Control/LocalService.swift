// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc
internal import Synchronization
internal import TargetTransport
internal import WorkerProtocol

/// A small service for this machine, on a thread of its own: a few connections at once, each on a thread while it lasts.
final class LocalService: Sendable {
  /// Where it listens.
  enum Place: Sendable, Hashable {
    case unix(String)
    /// A port of the loopback address; 0 for any that is free.
    case loopback(port: UInt16, isSix: Bool)
  }

  private let descriptor: CInt
  private let wake: DescriptorPair
  private let path: String?
  private let peers = Mutex<[ObjectIdentifier: LocalPeer]>([:])
  private let most: Int

  /// Begins to listen.
  /// - Parameters:
  ///   - most: Connections at once; more are closed.
  ///   - serve: Serves one connection, on its own thread.
  /// - Throws: `GalleyError` if the place is taken or can't be used.
  static func listen(
    on place: Place, most: Int = 8, _ serve: @escaping @Sendable (LocalPeer) -> Void
  ) throws(GalleyError) -> LocalService {
    guard let wake = DescriptorPair.pipe() else { throw refusal(place, errno) }
    do throws(GalleyError) {
      let service = LocalService(try open(place), wake, place, most)
      OwnedThread.start { service.run(serve) }
      return service
    } catch {
      wake.close()
      throw error
    }
  }

  private init(_ descriptor: CInt, _ wake: DescriptorPair, _ place: Place, _ most: Int) {
    (self.descriptor, self.wake, self.most) = (descriptor, wake, most)
    path = if case .unix(let path) = place { path } else { nil }
  }

  deinit {
    close(descriptor)
    wake.close()
  }

  /// The port that it has.
  var port: UInt16? {
    var (address, length) = (sockaddr_storage(), socklen_t(MemoryLayout<sockaddr_storage>.size))
    let isKnown = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) == 0 }
    }
    guard isKnown, address.ss_family != sa_family_t(AF_UNIX) else { return nil }
    // The port stands at the same place in addresses of both kinds.
    return withUnsafeBytes(of: &address) { UInt16($0[2]) << 8 | UInt16($0[3]) }
  }

  /// Takes no more connections, and ends those that there are.
  func stop() {
    _ = withUnsafeBytes(of: UInt8(0)) { write(wake.writer, $0.baseAddress, 1) }
    if let path { unlink(path) }
    for peer in peers.withLock({ Array($0.values) }) { peer.shut() }
  }

  // MARK: On the thread

  private func run(_ serve: @escaping @Sendable (LocalPeer) -> Void) {
    while true {
      var ready = [
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: wake.reader, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&ready, 2, -1) > 0 || errno == EINTR else { return }
      if ready[1].revents != 0 { return }
      guard ready[0].revents != 0 else { continue }
      let accepted = accept(descriptor, nil, nil)
      guard accepted >= 0 else {
        // Without descriptors the connection waits; so does this thread.
        usleep(10_000)
        continue
      }
      _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
      admit(LocalPeer(accepted), serve)
    }
  }

  private func admit(_ peer: LocalPeer, _ serve: @escaping @Sendable (LocalPeer) -> Void) {
    let isRoom = peers.withLock { peers in
      guard peers.count < most else { return false }
      peers[ObjectIdentifier(peer)] = peer
      return true
    }
    guard isRoom else { return }
    OwnedThread.start { [self] in
      serve(peer)
      peers.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(peer)) }
    }
  }

  // MARK: Opening

  private static func open(_ place: Place) throws(GalleyError) -> CInt {
    switch place {
    case .unix(let path): return try LocalSocket(path, mode: 0o600).descriptor
    case .loopback(let port, let isSix): return try openLoopback(port, isSix, place)
    }
  }

  private static func socket(_ family: CInt, _ place: Place) throws(GalleyError) -> CInt {
    let descriptor = Glibc.socket(family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw refusal(place, errno) }
    return descriptor
  }

  private static func openLoopback(_ port: UInt16, _ isSix: Bool, _ place: Place) throws(GalleyError) -> CInt {
    let descriptor = try socket(isSix ? AF_INET6 : AF_INET, place)
    var yes: CInt = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
    let result: CInt
    if isSix {
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      address.sin6_addr = in6addr_loopback
      result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in6>.size))
        }
      }
    } else {
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
      result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
      }
    }
    guard result == 0, Glibc.listen(descriptor, 16) == 0 else {
      let number = errno
      close(descriptor)
      throw refusal(place, number)
    }
    return descriptor
  }

  private static func refusal(_ place: Place, _ number: CInt) -> GalleyError {
    let words =
      switch place {
      case .unix(let path): path
      case .loopback(let port, let isSix): isSix ? "[::1]:\(port)" : "127.0.0.1:\(port)"
      }
    let remedy = number == EADDRINUSE ? "Another agent seems to run; stop it, or choose another place." : nil
    return GalleyError(.cantCreate, "can't listen", at: words, why: String(cString: strerror(number)), remedy: remedy)
  }
}
