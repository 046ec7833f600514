// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// How artifacts may be fetched: what the user, the environment and the place allow.
public struct FetchPolicy: Sendable {
  /// No request is made, not even for a host's address; only what is on this machine is taken.
  public var isOffline = false
  /// Does something where sockets can still be opened, and returns when it is done: offline, servers on this machine's
  /// own loopback are asked through it. `nil`: offline, not even those.
  public var onLoopback: (@Sendable (@escaping @Sendable () -> Void) -> Void)?
  /// Offline, what a person can do to get what is missing, in sentences; `nil` for what anybody can.
  public var offlineRemedy: (@Sendable (ArtifactRequirement) -> String)?
  /// No artifact may be larger, in bytes.
  public var maximumBytes = 1 << 37
  /// A PEM file with certificates of authorities, trusted in place of the system's file of them; the system's folder of
  /// certificates, where libcurl knows one, stays trusted.
  public var certificateAuthority: String?
  /// The proxies that stand between this machine and servers.
  public var proxies = ProxySettings.none
  /// Where passwords and tokens are looked up.
  public var credentials = Credentials.none
  /// Other programs' folders in which a file is looked for before anybody is asked.
  public var caches: [CacheFolder] = []
  /// How long connecting may take, names and TLS included.
  public var connectTimeout: Duration = .seconds(30)
  /// How long a server may send nothing.
  public var stallTimeout: Duration = .seconds(60)
  /// How many requests in a row an origin may fail before the next origin is asked; a connection that breaks off after
  /// it brought bytes begins a new count.
  public var attempts = 5
  /// The pause before the second attempt; each further one is twice as long.
  public var firstPause: Duration = .milliseconds(500)
  /// No pause is longer; an origin that asks for a longer one (`Retry-After`) is given up.
  public var longestPause: Duration = .seconds(120)

  /// The default: everything is allowed, nothing is taken from the environment.
  public init() {}

  /// What an environment says.
  ///
  /// `GALLEY_OFFLINE` and `HF_HUB_OFFLINE`, `GALLEY_CA_FILE` and `SSL_CERT_FILE`, the proxies' variables, `NETRC`,
  /// `GALLEY_TOKEN_<HOST>` and `HF_TOKEN`, and the variables that place other programs' caches.
  /// - Parameters:
  ///   - environment: variables by name.
  ///   - home: the home folder; `HOME` if it isn't given.
  /// - Throws: `GalleyError` (`configuration`) if a variable holds what it can't mean.
  public init(environment: [String: String], home: String? = nil) throws(GalleyError) {
    let home = home ?? environment["HOME"].flatMap { $0.isEmpty ? nil : $0 }
    isOffline = try OfflineSetting.isOn(environment)
    certificateAuthority = ["GALLEY_CA_FILE", "SSL_CERT_FILE"].lazy.compactMap { environment[$0] }
      .first { !$0.isEmpty }
    proxies = try ProxySettings(environment: environment)
    credentials = Credentials(environment: environment, home: home)
    caches = CacheFolder.standard(environment: environment, home: home)
  }

  /// Whether a server may be asked at all.
  func allows(_ address: WebAddress) -> Bool { !isOffline || (onLoopback != nil && address.isLoopback) }

  /// The proxy through which an address is asked; none offline, because it could reach anybody.
  func proxy(for address: WebAddress) -> String? { isOffline ? nil : proxies.proxy(for: address) }
}
