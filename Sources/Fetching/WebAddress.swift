// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// An `http` or `https` address, in parts that can mean only one thing to whoever reads them.
///
/// Which host gets a credential is decided here, and libcurl is given an address that was put together from these
/// parts; so both agree on the host whatever was written.
package struct WebAddress: Sendable, Hashable {
  package let isSecure: Bool
  /// In lower case; an IPv6 address with its brackets.
  package let host: String
  package let port: Int
  /// Path and query, with every byte escaped that must not stand in a request line.
  package let target: String

  /// Why a text is not an address.
  package struct Fault: Error, Sendable, Hashable {
    package let words: String
  }

  /// Reads an address.
  package init(_ text: String) throws(Fault) {
    guard text.utf8.count <= 8192 else { throw Fault(words: "the address is longer than 8192 bytes") }
    let lowered = text.prefix(8).lowercased()
    let isSecure = lowered.hasPrefix("https://")
    guard isSecure || lowered.hasPrefix("http://") else { throw Fault(words: "the address is neither https nor http") }
    let rest = text.dropFirst(isSecure ? 8 : 7)
    let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
    (host, port) = try Self.authority(rest[..<end], defaultPort: isSecure ? 443 : 80)
    self.isSecure = isSecure
    target = Self.target(rest[end...])
  }

  private init(like other: WebAddress, target: Substring) {
    (isSecure, host, port) = (other.isSecure, other.host, other.port)
    self.target = Self.target(target)
  }

  /// The whole address, as libcurl gets it.
  package var text: String { "\(isSecure ? "https" : "http")://\(authority)\(target)" }

  /// The address for people and records: without its query, which may hold a signature.
  package var shown: String {
    let path = target.prefix { $0 != "?" }
    return "\(isSecure ? "https" : "http")://\(authority)\(path)\(path.count < target.count ? "?…" : "")"
  }

  private var authority: String { port == (isSecure ? 443 : 80) ? host : "\(host):\(port)" }

  /// Whether both belong to the same server, as browsers see it (RFC 6454).
  package func hasSameOrigin(as other: WebAddress) -> Bool {
    (isSecure, host, port) == (other.isSecure, other.host, other.port)
  }

  /// Whether the server is this machine.
  package var isLoopback: Bool {
    let numbers = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
    return host == "localhost" || host == "[::1]" || (numbers.count == 4 && numbers[0] == 127 && !numbers.contains(nil))
  }

  /// The path's words after percent-decoding, without the query.
  package var pathWords: [String] {
    target.prefix { $0 != "?" }.split(separator: "/").map { PercentEncoding.decode(String($0)) ?? "" }
  }

  /// The address that a redirection names (RFC 3986, section 5.2; libcurl removes the dots).
  package func resolving(_ reference: String) throws(Fault) -> WebAddress {
    if let colon = reference.firstIndex(of: ":"),
      reference[..<colon].utf8.allSatisfy({ Self.isWord($0) || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: ".") })
    {
      return try WebAddress(reference)
    }
    if reference.hasPrefix("//") { return try WebAddress((isSecure ? "https:" : "http:") + reference) }
    guard let first = reference.first, first != "#" else { return self }
    let path = target.prefix { $0 != "?" }
    switch first {
    case "/": return WebAddress(like: self, target: reference[...])
    case "?": return WebAddress(like: self, target: path + reference)
    default:
      let folder = path[...(path.lastIndex(of: "/") ?? path.startIndex)]
      return WebAddress(like: self, target: folder + reference)
    }
  }

  private static func authority(_ text: Substring, defaultPort: Int) throws(Fault) -> (String, Int) {
    guard !text.contains("@") else {
      throw Fault(
        words: "the address carries a name or password; put it into ~/.netrc or the environment instead")
    }
    let hostEnd: Substring.Index
    if text.first == "[" {
      guard let bracket = text.firstIndex(of: "]") else { throw Fault(words: "the address lacks a ']'") }
      hostEnd = text.index(after: bracket)
      let inner = text[text.index(after: text.startIndex)..<bracket]
      guard inner.contains(":"), inner.utf8.allSatisfy({ ":.0123456789abcdefABCDEF".utf8.contains($0) }) else {
        throw Fault(words: "the address has no valid host")
      }
    } else {
      hostEnd = text.firstIndex(of: ":") ?? text.endIndex
      let bytes = text[..<hostEnd].utf8
      guard !bytes.isEmpty, bytes.first != UInt8(ascii: "."), bytes.count <= 253,
        bytes.allSatisfy({ isWord($0) || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_") })
      else { throw Fault(words: "the address has no valid host (one with other letters is written as xn--…)") }
    }
    let host = text[..<hostEnd].lowercased()
    guard hostEnd < text.endIndex else { return (host, defaultPort) }
    let digits = text[hostEnd...].dropFirst()
    guard text[hostEnd] == ":", digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(digits),
      (1...65535).contains(port)
    else { throw Fault(words: "the address has no valid port") }
    return (host, port)
  }

  private static func target(_ text: Substring) -> String {
    let known = text.prefix { $0 != "#" }
    let escaped = PercentEncoding.escapeForbidden(known)
    return escaped.hasPrefix("/") ? escaped : "/" + escaped
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "-")
  }
}

/// Bytes written as `%41` (RFC 3986, section 2.1).
enum PercentEncoding {
  /// Escapes what must not stand in an address and leaves everything else, escapes too, as it is.
  static func escapeForbidden(_ text: Substring) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if byte > 0x20, byte < 0x7f, !"\"<>\\^`{|}".utf8.contains(byte) {
        bytes.append(byte)
      } else {
        bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The text with its escapes resolved; `nil` if one is broken or they don't give UTF-8.
  static func decode(_ text: String) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, rest.prefix(2).allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
