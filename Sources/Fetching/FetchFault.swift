// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// Why an origin did not give the bytes. The words finish the sentence "the origin … because".
enum FetchFault: Error, Sendable, Hashable {
  /// The task was cancelled.
  case cancelled
  /// This machine is the reason, so no other origin can help.
  case local(GalleyError)
  /// Bytes came, and they are not the ones that are needed.
  case wrongBytes(String)
  /// The origin will not give them, however often it is asked.
  case refused(String)
  /// The origin wants to know who asks.
  case denied(host: String, String)
  /// The proxy wants to know who asks.
  case proxyDenied
  /// The server's certificate is not trusted.
  case untrusted(String)
  /// There is no connection.
  case unreachable(String)
  /// The connection broke off.
  case lost(String)
  /// The server is busy or broken for the moment, and may have said how long.
  case busy(String, pause: Duration?)
  /// The kept beginning does not fit what the server has.
  case mustRestart(String)

  /// The reason in words.
  var words: String {
    switch self {
    case .cancelled: "stopped"
    case .local(let error): error.why
    case .wrongBytes(let words), .refused(let words), .denied(_, let words), .unreachable(let words),
      .lost(let words), .busy(let words, _), .mustRestart(let words):
      words
    case .proxyDenied: "the proxy wants a name and a password (HTTP 407)"
    case .untrusted(let words): "its certificate is not trusted: \(words)"
    }
  }
}

extension Duration {
  /// Whole milliseconds, as many as an `Int` can say.
  var milliseconds: Int {
    let (seconds, attoseconds) = components
    let (product, overflow) = Int(clamping: seconds).multipliedReportingOverflow(by: 1000)
    return overflow ? (seconds < 0 ? 0 : Int.max) : product + Int(attoseconds / 1_000_000_000_000_000)
  }

  /// The duration for a message: `30 s`, `250 ms`.
  var words: String { milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms" }
}
