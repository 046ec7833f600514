// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// A `sockaddr` of another process, read as data.
struct SocketAddress: Sendable, Hashable {
  /// `AF_…`
  var family: Int
  /// The address in words.
  var text: String
  var port: Int?

  /// Reads the bytes of a `sockaddr`; too short ones give what they have.
  init(_ bytes: [UInt8]) {
    // The family is in the machine's byte order, and both machines that are known are little-endian.
    family = bytes.count >= 2 ? Int(bytes[0]) | Int(bytes[1]) << 8 : 0
    text = "\(family)"
    switch CInt(family) {
    case AF_INET where bytes.count >= 8:
      port = Int(bytes[2]) << 8 | Int(bytes[3])
      text = Self.text(AF_INET, Array(bytes[4..<8]))
    case AF_INET6 where bytes.count >= 24:
      port = Int(bytes[2]) << 8 | Int(bytes[3])
      text = Self.text(AF_INET6, Array(bytes[8..<24]))
    case AF_UNIX:
      let name = bytes.dropFirst(2)
      text =
        name.first == 0
        ? "@" + String(decoding: name.dropFirst(), as: UTF8.self)
        : String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
    default: break
    }
  }

  /// Whether it is somebody beyond this machine's kernel: not a socket's disconnection, not a message to the kernel.
  var isReachedOut: Bool { ![AF_UNSPEC, AF_NETLINK].contains(CInt(family)) }
  var isLocal: Bool { CInt(family) == AF_UNIX }

  var kind: ConnectionAttempt.Family {
    switch CInt(family) {
    case AF_UNIX: .unix
    case AF_INET: .inet
    case AF_INET6: .inet6
    default: .other
    }
  }

  private static func text(_ family: CInt, _ bytes: [UInt8]) -> String {
    var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(family, bytes, &buffer, socklen_t(buffer.count)) != nil else { return "?" }
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
