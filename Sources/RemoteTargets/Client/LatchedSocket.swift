// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Foundation
internal import Galley
internal import Glibc
internal import Sandbox

/// Sockets to declared targets while the latch of `--offline` keeps this program off the network: the one thread that it
/// leaves free makes them. Names are not asked of anybody.
enum LatchedSocket {
  /// A socket that is connected to a target's address.
  /// - Throws: `GalleyError` if the address isn't given in numbers, or nobody is there.
  static func connect(
    to name: String, _ host: String, _ port: Int, within time: Duration
  ) async throws(GalleyError) -> CInt {
    guard let thread = NetworkLatch.loopback else {
      throw GalleyError(
        .unavailable, "can't connect to the target '\(name)'", at: "\(host):\(port)",
        why: "--offline left no thread that may open sockets")
    }
    let milliseconds = CInt(clamping: Int(time / .milliseconds(1)))
    // The free thread does one thing after another; who waits for it must not be one of the pool's threads.
    let result = await withCheckedContinuation { continuation in
      Thread.detachNewThread {
        thread.perform {
          continuation.resume(returning: Result { () throws(GalleyError) in try open(name, host, port, milliseconds) })
        }
      }
    }
    return try result.get()
  }

  private static func open(
    _ name: String, _ host: String, _ port: Int, _ milliseconds: CInt
  ) throws(GalleyError) -> CInt {
    func refusal(_ why: String, _ remedy: String? = nil) -> GalleyError {
      GalleyError(
        .unavailable, "can't connect to the target '\(name)'", at: "\(host):\(port)", why: why, remedy: remedy)
    }
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
    hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host == "localhost" ? "127.0.0.1" : host, "\(port)", &hints, &found) == 0,
      let info = found?.pointee
    else {
      throw refusal("with --offline no name is looked up", "Declare the target with its address in numbers.")
    }
    defer { freeaddrinfo(found) }
    let flags = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(info.ai_family, flags, 0)
    guard descriptor >= 0 else { throw refusal(String(cString: strerror(errno))) }
    let number = wait(descriptor, info, milliseconds)
    guard number == 0 else {
      close(descriptor)
      throw refusal(
        number == ETIMEDOUT ? "nobody answered in time" : String(cString: strerror(number)),
        "Look whether the agent runs there, and whether the network between is up.")
    }
    return descriptor
  }

  /// Connects and waits for the end of that.
  /// - Returns: 0, or the number of the error.
  private static func wait(_ descriptor: CInt, _ info: addrinfo, _ milliseconds: CInt) -> CInt {
    if Glibc.connect(descriptor, info.ai_addr, info.ai_addrlen) == 0 { return 0 }
    guard errno == EINPROGRESS else { return errno }
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    let count = poll(&entry, 1, milliseconds)
    guard count != 0 else { return ETIMEDOUT }
    guard count > 0 else { return errno }
    var number: CInt = 0
    var length = socklen_t(MemoryLayout<CInt>.size)
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &length) == 0 ? number : errno
  }
}
