// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import NIOSSL
internal import Synchronization

/// What is asked of the other side's certificate: its dates, and its digest where one is pinned. No chain, no name.
final class CertificateCheck: Sendable {
  private let pinned: Digest?
  private let refusal = Mutex<GalleyError?>(nil)

  init(pinned: Digest?) { self.pinned = pinned }

  /// Why the last certificate was refused; `nil` if none was.
  var lastRefusal: GalleyError? { refusal.withLock { $0 } }

  /// Whether the certificate may be used now.
  func admits(_ certificate: NIOSSLCertificate, now: Date = Date()) -> Bool {
    let found = flaw(certificate, now)
    refusal.withLock { $0 = found }
    return found == nil
  }

  private func flaw(_ certificate: NIOSSLCertificate, _ now: Date) -> GalleyError? {
    let what = "can't trust the other side's certificate"
    guard let digest = certificate.digest else {
      return GalleyError(.configuration, what, why: "it can't be read")
    }
    if let pinned, pinned != digest {
      return GalleyError(
        .configuration, what, why: "its digest is \(digest.short), but \(pinned.short) is pinned",
        remedy: "If the device was set up anew, pair again; if not, somebody stands between.")
    }
    let (from, until) = (TimeInterval(certificate.notValidBefore), TimeInterval(certificate.notValidAfter))
    let clocks = "Look at the clocks of both machines."
    if now.timeIntervalSince1970 < from {
      return GalleyError(
        .configuration, what,
        why: "it counts only from \(Self.text(from)) on, and it is \(Self.text(now.timeIntervalSince1970))",
        remedy: clocks)
    }
    if now.timeIntervalSince1970 > until {
      return GalleyError(
        .configuration, what,
        why: "it expired on \(Self.text(until)), and it is \(Self.text(now.timeIntervalSince1970))",
        remedy: "\(clocks) If it is old, make a new identity there and pair again.")
    }
    return nil
  }

  private static func text(_ seconds: TimeInterval) -> String {
    Date(timeIntervalSince1970: seconds).formatted(.iso8601)
  }
}

extension NIOSSLCertificate {
  /// SHA-256 of its DER bytes.
  var digest: Digest? { (try? toDERBytes()).map { Digest(of: Data($0)) } }
}
