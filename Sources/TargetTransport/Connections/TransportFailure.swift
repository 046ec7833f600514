// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NIOSSL

extension GalleyError {
  /// Says why there is no connection.
  init(connecting error: any Error) {
    if let error = error as? GalleyError {
      self = error
    } else {
      let (why, remedy) = Self.reason(error)
      self.init(.unavailable, "can't connect", why: why, remedy: remedy)
    }
  }

  /// The same with the place.
  func located(at place: String) -> GalleyError {
    GalleyError(exitCode, what, at: place, why: why, remedy: remedy)
  }

  private static func reason(_ error: any Error) -> (String, String?) {
    switch error {
    case let error as NIOConnectionError:
      guard let single = error.connectionErrors.first else {
        return ("the name '\(error.host)' leads to no address", "Look at the name, or give the address.")
      }
      return reason(single.error)
    case let error as IOError: return (String(cString: strerror(error.errnoCode)), remedy(error.errnoCode))
    case ChannelError.connectTimeout:
      return ("nobody answered in time", "Look whether the device and the network between are up.")
    case ChannelError.eof: return ("the other side closed the connection", nil)
    case NIOSSLError.handshakeFailed(let inner): return (tls("\(inner)"), nil)
    case let error as NIOSSLError: return ("TLS failed: \(error)", nil)
    default: return (tls("\(error)"), nil)
    }
  }

  private static func remedy(_ number: CInt) -> String? {
    switch number {
    case ECONNREFUSED, ENOENT: "Look whether the agent runs there."
    case EHOSTUNREACH, ENETUNREACH, ETIMEDOUT: "Look whether the device and the network between are up."
    case EACCES, EPERM: "Ask who runs the agent to let you in."
    default: nil
    }
  }

  /// What BoringSSL says, in its own word for it.
  private static func tls(_ text: String) -> String {
    guard let start = text.firstRange(of: "OPENSSL_internal:")?.upperBound else {
      return "TLS failed: \(text.prefix(200))"
    }
    let word = text[start...].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
    switch word {
    case "WRONG_VERSION_NUMBER", "HTTP_REQUEST", "HTTPS_PROXY_REQUEST": return "the other side doesn't speak TLS"
    case "UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION": return "the other side doesn't speak TLS 1.3"
    case "SSLV3_ALERT_CERTIFICATE_UNKNOWN", "SSLV3_ALERT_BAD_CERTIFICATE", "SSLV3_ALERT_CERTIFICATE_EXPIRED",
      "TLSV1_ALERT_UNKNOWN_CA", "TLSV1_ALERT_CERTIFICATE_REQUIRED":
      return "the other side refuses this side's certificate"
    case "TLSV1_ALERT_NO_APPLICATION_PROTOCOL", "NO_APPLICATION_PROTOCOL": return "the other side isn't Galley's"
    default: return "TLS failed: \(word)"
    }
  }
}
