// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import CCurl
internal import Galley

extension FetchFault {
  /// What a transfer's result means.
  ///
  /// libcurl's own words are given only where they can't hold an address: one may carry a proxy's password or a
  /// signature.
  /// - Parameters:
  ///   - code: a CURLcode other than zero.
  ///   - words: what libcurl says.
  ///   - tunnel: the status with which a proxy answered the request for a tunnel; zero if it was not asked.
  init(curl code: CInt, _ words: String, tunnel: Int, _ policy: FetchPolicy) {
    if tunnel >= 300 {
      self = tunnel == 407 ? .proxyDenied : .unreachable("the proxy gives no connection to it (HTTP \(tunnel))")
      return
    }
    switch Int(code) {
    case GALLEY_CURL_PROXY_UNRESOLVED: self = .unreachable("the proxy's name can't be resolved")
    case GALLEY_CURL_HOST_UNRESOLVED: self = .unreachable("the host's name can't be resolved")
    case GALLEY_CURL_NO_CONNECTION: self = .unreachable("no connection: \(Self.bare(words))")
    case GALLEY_CURL_TIMED_OUT: self = .unreachable("no connection within \(policy.connectTimeout.words)")
    case GALLEY_CURL_TLS_FAILED: self = .unreachable("no encrypted connection: \(Self.bare(words))")
    case GALLEY_CURL_PROXY_FAILED: self = .unreachable("the proxy gives no connection to it")
    case GALLEY_CURL_CERTIFICATE_UNTRUSTED: self = .untrusted(Self.bare(words))
    case GALLEY_CURL_BAD_AUTHORITY_FILE: self = .local(Self.authorityError(policy))
    case GALLEY_CURL_BAD_ENCODING: self = .wrongBytes("the body's compression is damaged")
    case GALLEY_CURL_UNSUPPORTED_PROTOCOL, GALLEY_CURL_MALFORMED_URL:
      self = .refused("libcurl does not accept the address")
    default: self = .lost(Self.bare(words))
    }
  }

  private static func authorityError(_ policy: FetchPolicy) -> GalleyError {
    GalleyError(
      .configuration, "can't check certificates", at: policy.certificateAuthority,
      why: "the file of certificate authorities can't be read, or holds no certificate in PEM",
      remedy: "GALLEY_CA_FILE, or else SSL_CERT_FILE, names it.")
  }

  private static func bare(_ words: String) -> String {
    words.contains("://") ? "libcurl can't say why without showing the address" : words.trimmingWhitespace
  }
}
