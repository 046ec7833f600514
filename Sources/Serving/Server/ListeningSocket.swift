// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
internal import Glibc

/// A socket that waits for connections, and the address that it has.
public struct ListeningSocket: Sendable {
  /// The address in numbers.
  public let host: String
  /// The port.
  public let port: Int
  let descriptor: CInt

  /// Whether nobody but this machine can reach a host.
  public static func isLoopback(_ host: String) -> Bool { HostCheck.isLoopback(host) }

  /// Opens a socket on an address.
  /// - Parameters:
  ///   - host: An address in numbers, or `localhost`.
  ///   - port: The port; 0 for any that is free.
  /// - Throws: `GalleyError` if the address is none of this machine's, or the port is taken.
  public static func open(host: String, port: Int) throws(GalleyError) -> ListeningSocket {
    func refuse(_ why: String, _ code: ExitCode = .unavailable, _ remedy: String? = nil) -> GalleyError {
      GalleyError(code, "can't listen", at: "\(host):\(port)", why: why, remedy: remedy)
    }
    guard (0...65_535).contains(port) else { throw refuse("a port is a number from 0 to 65535", .usage) }
    let name = host.lowercased() == "localhost" ? "127.0.0.1" : host
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
    hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(name, "\(port)", &hints, &found) == 0, let info = found?.pointee else {
      throw refuse("it is no address in numbers", .usage, "Give one like 127.0.0.1 or ::1.")
    }
    defer { freeaddrinfo(found) }
    let descriptor = socket(
      info.ai_family, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
    guard descriptor >= 0 else { throw refuse(String(cString: strerror(errno))) }
    var yes: CInt = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<CInt>.size))
    guard bind(descriptor, info.ai_addr, info.ai_addrlen) == 0, listen(descriptor, 256) == 0 else {
      let number = errno
      close(descriptor)
      throw refuse(
        String(cString: strerror(number)), .unavailable,
        number == EADDRINUSE ? "Choose another port with --port; 0 takes any that is free." : nil)
    }
    guard let (host, port) = address(of: descriptor) else {
      close(descriptor)
      throw refuse("its address can't be read")
    }
    return ListeningSocket(host: host, port: port, descriptor: descriptor)
  }

  private static func address(of descriptor: CInt) -> (String, Int)? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    var host = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    var port = [CChar](repeating: 0, count: Int(NI_MAXSERV))
    let status = withUnsafeMutablePointer(to: &storage) { storage in
      storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        guard getsockname(descriptor, address, &length) == 0 else { return CInt(-1) }
        return getnameinfo(
          address, length, &host, socklen_t(host.count), &port, socklen_t(port.count), NI_NUMERICHOST | NI_NUMERICSERV)
      }
    }
    func text(_ characters: [CChar]) -> String {
      String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    guard status == 0, let number = Int(text(port)) else { return nil }
    return (text(host), number)
  }
}
