// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc
internal import TargetTransport

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
    guard let path, path.hasPrefix("/") || path.hasPrefix("@"), let address = UnixAddress(path) else { return }
    let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    let message = Array(text.utf8)
    _ = address.use { CInt(clamping: sendto(descriptor, message, message.count, CInt(MSG_NOSIGNAL), $0, $1)) }
  }
}
