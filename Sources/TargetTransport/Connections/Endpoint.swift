// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// Where an agent is: an address on the network, or a Unix socket of this machine.
public enum Endpoint: Sendable, Hashable, CustomStringConvertible {
  /// TLS over TCP. A port of 0 lets a listener take any that is free.
  case tcp(host: String, port: Int)
  /// A socket in the file system.
  case unix(path: String)

  /// The port of agents unless they are told another.
  public static let defaultPort = 4270

  /// Reads `host`, `host:port`, `[address]:port`, or `unix:` and a path.
  /// - Throws: `GalleyError` with the exit code for usage.
  public init(_ text: String) throws(GalleyError) {
    if text.hasPrefix("unix:") {
      self = .unix(path: String(text.dropFirst(5)))
    } else {
      let (host, port) = try Self.split(text)
      self = .tcp(host: host, port: port)
    }
    if let why = flaw { throw Self.refusal(text, why) }
  }

  public var description: String {
    switch self {
    case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  /// Whether the kernel carries it and nothing leaves the machine.
  public var isUnixSocket: Bool { if case .unix = self { true } else { false } }

  private static func split(_ text: String) throws(GalleyError) -> (String, Int) {
    var (host, port) = (text[...], text[text.endIndex...])
    if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
      host = text[text.index(after: text.startIndex)..<end]
      port = text[text.index(after: end)...]
    } else if let colon = text.firstIndex(of: ":"), text.lastIndex(of: ":") == colon {
      (host, port) = (text[..<colon], text[colon...])
    }
    guard !port.isEmpty else { return (String(host), defaultPort) }
    guard port.first == ":", let number = Int(port.dropFirst()), (1...65_535).contains(number) else {
      throw refusal(text, "'\(port)' is no port: a number from 1 to 65535 is one")
    }
    return (String(host), number)
  }

  private var flaw: String? {
    switch self {
    case .tcp(let host, _):
      let isName = host.utf8.allSatisfy {
        (0x21...0x7E).contains($0) && ![UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "/")].contains($0)
          && $0 != UInt8(ascii: "@")
      }
      return host.isEmpty || host.utf8.count > 253 || !isName ? "'\(host)' is no host" : nil
    case .unix(let path):
      if !path.hasPrefix("/") { return "the path of a socket begins with a slash" }
      // sockaddr_un has 108 bytes, one of them for the end.
      return path.utf8.count > 107 || path.utf8.contains(0) ? "the path of a socket has at most 107 bytes" : nil
    }
  }

  private static func refusal(_ text: String, _ why: String) -> GalleyError {
    GalleyError(
      .usage, "can't use '\(text)' as a target's address", why: why,
      remedy: "Give one like device.local, 192.168.0.7:4270, [fe80::1]:4270 or unix:/run/galley/agent.sock.")
  }
}
