// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Which names a request may call this server by.
///
/// A page in a browser may have its name resolve to this machine (DNS rebinding), and would then speak to the server as
/// its own. Such a request names the page's host; an address written as numbers can't be such a name.
struct HostCheck: Sendable {
  /// Names beyond `localhost` and numeric addresses.
  var names: Set<String>

  func accepts(_ authority: String) -> Bool {
    let host = Self.host(of: authority).lowercased()
    return host == "localhost" || names.contains(host) || Self.isAddress(host)
  }

  /// The host without its port.
  static func host(of authority: String) -> String {
    if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
      return String(authority[authority.index(after: authority.startIndex)..<end])
    }
    guard let colon = authority.lastIndex(of: ":"), authority.firstIndex(of: ":") == colon else { return authority }
    return String(authority[..<colon])
  }

  /// Whether it is an address of IPv4 or IPv6 in numbers.
  static func isAddress(_ text: String) -> Bool {
    var four = in_addr()
    var six = in6_addr()
    return inet_pton(AF_INET, text, &four) == 1 || inet_pton(AF_INET6, text, &six) == 1
  }

  /// Whether nobody but this machine can reach an address.
  static func isLoopback(_ host: String) -> Bool {
    if host.lowercased() == "localhost" { return true }
    var four = in_addr()
    if inet_pton(AF_INET, host, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
    var six = in6_addr()
    guard inet_pton(AF_INET6, host, &six) == 1 else { return false }
    return withUnsafeBytes(of: six) { $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
  }
}
