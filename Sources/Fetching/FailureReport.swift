// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley

/// What each origin answered, for the one error that tells why none gave the bytes.
struct FailureReport: Sendable {
  private var entries: [(origin: String, fault: FetchFault)] = []

  mutating func add(_ origin: String, _ fault: FetchFault) { entries.append((origin, fault)) }

  /// The error: `badData` if wrong bytes came, otherwise `unavailable`.
  func error(_ wanted: Wanted, _ policy: FetchPolicy) -> GalleyError {
    let isWrong = entries.contains { if case .wrongBytes = $0.fault { true } else { false } }
    return GalleyError(
      isWrong ? .badData : .unavailable, "can't fetch '\(wanted.requirement.name)'", why: why(wanted, policy),
      remedy: remedy(wanted, policy))
  }

  private func why(_ wanted: Wanted, _ policy: FetchPolicy) -> String {
    let lines = entries.map { "\n  - \($0.origin): \($0.fault.words)" }.joined()
    if policy.isOffline {
      return "it is not on this machine (\(Self.identity(wanted.requirement))), and Galley is offline" + lines
    }
    if entries.isEmpty { return "it is not on this machine, and no origin is known" }
    return (entries.count == 1 ? "its only origin did not give it" : "none of its \(entries.count) origins gave it")
      + lines
  }

  /// What tells the bytes from others.
  private static func identity(_ requirement: ArtifactRequirement) -> String {
    let digest =
      requirement.digest.map { "SHA-256 \($0.hex)" } ?? "SHA-256 beginning with \(requirement.digestPrefix ?? "?")"
    return digest + (requirement.byteCount.map { ", \($0) bytes" } ?? ", of unknown size")
  }

  private func remedy(_ wanted: Wanted, _ policy: FetchPolicy) -> String {
    var advice: [String] = []
    func add(_ sentence: String) { if !advice.contains(sentence) { advice.append(sentence) } }
    for entry in entries {
      switch entry.fault {
      case .wrongBytes:
        add("Check the digest and the size that the recipe's lock or the ingredient names: the file may have changed.")
      case .denied(let host, _):
        let variable = Credentials.variable(for: host).map { "the variable \($0) or " } ?? ""
        add("Put a token for \(host) into \(variable)a password into ~/.netrc (mode 0600).")
      case .proxyDenied: add("Put name and password into the proxy's address: https_proxy=http://name:password@host.")
      case .untrusted: add("If a private authority made the certificate, name its PEM file with GALLEY_CA_FILE.")
      case .unreachable, .lost, .busy:
        add("Check the network and the proxy (https_proxy, no_proxy) and try again: bytes that came are kept.")
      case .refused, .mustRestart, .cancelled, .local: break
      }
    }
    if policy.isOffline {
      add(policy.offlineRemedy?(wanted.requirement) ?? "Allow the network once (GALLEY_OFFLINE=0, HF_HUB_OFFLINE=0).")
    }
    add("Or put a file with these bytes on this machine and name its path as an origin.")
    return advice.joined(separator: " ")
  }
}

extension GalleyError {
  /// What a person needs to know of a file that can't be read.
  init(reading error: FileError, _ what: String) {
    self.init(
      .missingInput, what, at: error.path, why: error.reason, remedy: "Check that the file exists and may be read.")
  }
}
