// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Tells systemd how the service is, as sd_notify(3) does: a datagram to the socket that `NOTIFY_SOCKET` names.
struct ServiceNotifier: Sendable {
  /// Seconds that ending all processes may take behind that.
  private static let ending: UInt64 = 25

  private let path: String?

  /// - Parameter path: The value of `NOTIFY_SOCKET`; `nil` if nobody wants to know.
  init(path: String?) { self.path = path }

  /// The service takes hosts.
  func ready() { send("READY=1") }
  /// The service ends, and takes so many seconds at most for what still runs; the unit's own limit may be less.
  func stopping(within seconds: UInt32) {
    send("STOPPING=1\nEXTEND_TIMEOUT_USEC=\((UInt64(seconds) + Self.ending) * 1_000_000)")
  }
  /// What it does, for `systemctl status`.
  func status(_ words: String) { send("STATUS=\(words)") }

  private func send(_ text: String) {
    // A name that begins with @ is an abstract one, whose first byte is zero; then the length of the address counts.
    guard let path, path.hasPrefix("/") || path.hasPrefix("@"), path.utf8.count < 108 else { return }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = path.utf8.map { $0 }
    withUnsafeMutableBytes(of: &address.sun_path) { target in
      target.copyBytes(from: bytes)
      if path.hasPrefix("@") { target[0] = 0 }
    }
    let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
    let message = Array(text.utf8)
    _ = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        sendto(descriptor, message, message.count, CInt(MSG_NOSIGNAL), $0, length)
      }
    }
  }
}
