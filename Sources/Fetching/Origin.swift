// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

/// A place where an artifact can be had: on the network or on this machine.
enum Origin: Sendable, Hashable {
  case web(WebAddress)
  /// An absolute path, or one relative to the working folder.
  case file(String)

  /// Reads `https:`, `http:` and `file:` addresses and plain paths.
  init(_ text: String) throws(WebAddress.Fault) {
    let scheme = text.prefix { $0 != ":" && $0 != "/" }.lowercased()
    guard !text.contains("\0") else { throw WebAddress.Fault(words: "the address holds a NUL") }
    if text.dropFirst(scheme.count).first != ":" {
      guard !text.isEmpty else { throw WebAddress.Fault(words: "the address is empty") }
      self = .file(text)
    } else if scheme == "file" {
      self = .file(try Self.path(text.dropFirst(5)))
    } else if scheme == "http" || scheme == "https" {
      self = .web(try WebAddress(text))
    } else {
      throw WebAddress.Fault(words: "'\(scheme):' is not a way to fetch; https, http and file are")
    }
  }

  /// The address for people and records, without anything secret.
  var shown: String {
    switch self {
    case .web(let address): address.shown
    case .file(let path): path
    }
  }

  /// An address for people even if it can't be understood: without a name, password or query.
  static func shown(_ text: String) -> String {
    if let origin = try? Origin(text) { return origin.shown }
    let bare = text.prefix { $0 != "?" && $0 != "#" }
    guard let separator = bare.firstRange(of: "://") else { return String(bare.prefix(200)) }
    let rest = bare[separator.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
    return String((bare[..<separator.upperBound] + host + rest.dropFirst(authority.count)).prefix(200))
  }

  /// `file:///data/x`, `file://localhost/data/x`, `file:/data/x` (RFC 8089) and, as pip allows, `file:x`.
  private static func path(_ text: Substring) throws(WebAddress.Fault) -> String {
    var rest = text.prefix { $0 != "#" }
    if rest.hasPrefix("//") {
      rest = rest.dropFirst(2)
      let host = rest.prefix { $0 != "/" }
      guard host.isEmpty || host.lowercased() == "localhost" else {
        throw WebAddress.Fault(words: "a file: address can name only this machine, not '\(host)'")
      }
      rest = rest.dropFirst(host.count)
    }
    guard let path = PercentEncoding.decode(String(rest)), !path.isEmpty, !path.contains("\0") else {
      throw WebAddress.Fault(words: "the file: address has no valid path")
    }
    return path
  }
}
