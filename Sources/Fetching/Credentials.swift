// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Glibc

/// What proves to a server who asks.
enum Credential: Sendable, Equatable {
  case bearer(String)
  case basic(login: String, password: String)

  /// The value of the header `Authorization` (RFC 6750, RFC 7617).
  var header: String {
    switch self {
    case .bearer(let token): "Bearer \(token)"
    case .basic(let login, let password): "Basic \(Data("\(login):\(password)".utf8).base64EncodedString())"
    }
  }
}

/// Where passwords and tokens are looked up, host by host. It shows none of them, not even when it is printed.
public struct Credentials: Sendable, CustomStringConvertible, CustomReflectable {
  /// Values by the name of their environment variable.
  private let tokens: [String: String]
  private let netrc: String?

  /// No credentials at all.
  public static let none = Credentials(tokens: [:], netrc: nil)

  /// Takes tokens from an environment (`GALLEY_TOKEN_<HOST>`, and `HF_TOKEN` for huggingface.co) and passwords from a
  /// `.netrc` file, `NETRC` or that in the home folder, which is read when a host is first asked for.
  public init(environment: [String: String], home: String?) {
    let tokens = environment.filter { $0.key.hasPrefix("GALLEY_TOKEN_") || $0.key == "HF_TOKEN" }
    let named = environment["NETRC"].flatMap { $0.isEmpty ? nil : $0 }
    self.init(tokens: tokens, netrc: named ?? home.map { "\($0)/.netrc" })
  }

  private init(tokens: [String: String], netrc: String?) {
    self.tokens = tokens
    self.netrc = netrc
  }

  /// The environment variable that holds the token for a host: upper case, `_` for a dot and `__` for a hyphen, so that
  /// no two hosts share one; `nil` for a host with other characters.
  public static func variable(for host: String) -> String? {
    var name = "GALLEY_TOKEN_"
    for byte in host.uppercased().utf8 {
      switch byte {
      case UInt8(ascii: "."): name += "_"
      case UInt8(ascii: "-"): name += "__"
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
        name.unicodeScalars.append(UnicodeScalar(byte))
      default: return nil
      }
    }
    return name
  }

  public var description: String { "credentials (not shown)" }
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// What is known for a host.
  enum Answer: Sendable, Equatable {
    case none
    case found(Credential)
    /// There is something, and it must not be used.
    case refused(String)
  }

  /// Looks for a host's token, then for its password.
  func answer(for host: String) -> Answer {
    if let name = Self.variable(for: host), let token = tokens[name] { return Self.bearer(token, name) }
    if host == "huggingface.co", let token = tokens["HF_TOKEN"] { return Self.bearer(token, "HF_TOKEN") }
    return netrc.map { Self.password(for: host, in: $0) } ?? .none
  }

  private static func bearer(_ text: String, _ name: String) -> Answer {
    let token = text.trimmingWhitespace
    if token.isEmpty { return .none }
    guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      return .refused("the token in \(name) holds a space or a character that no token may hold")
    }
    return .found(.bearer(token))
  }

  private static func password(for host: String, in path: String) -> Answer {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return errno == ENOENT ? .none : .refused("\(path) can't be read") }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size <= 1 << 20 else {
      return .refused("\(path) is not a file that holds passwords")
    }
    guard let text = readWhole(descriptor, status.st_size) else { return .refused("\(path) can't be read") }
    do throws(NetRC.Fault) {
      guard let entry = try NetRC(text).machines[host] else { return .none }
      guard status.st_mode & 0o077 == 0 else {
        return .refused("other users may read the password in \(path); run 'chmod 600 \(path)'")
      }
      let isPlain = (entry.login + entry.password).utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
      guard isPlain, !entry.login.contains(":") else { return .refused("\(path) has a character that can't be sent") }
      return .found(.basic(login: entry.login, password: entry.password))
    } catch {
      return .refused("\(path) can't be understood: \(error.words)")
    }
  }

  private static func readWhole(_ descriptor: CInt, _ size: Int) -> String? {
    var bytes = [UInt8](repeating: 0, count: size)
    var length = 0
    while length < size {
      let count = bytes.withUnsafeMutableBytes { buffer in
        read(descriptor, UnsafeMutableRawBufferPointer(rebasing: buffer[length...]).baseAddress, size - length)
      }
      if count < 0 { return nil }
      if count == 0 { break }
      length += count
    }
    return String(decoding: bytes.prefix(length), as: UTF8.self)
  }
}

extension String {
  /// The text without white space at its ends.
  var trimmingWhitespace: String {
    let rest = drop { $0.isWhitespace }
    return String(rest.reversed().drop { $0.isWhitespace }.reversed())
  }
}
