// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley

/// Which proxy stands between this machine and a server. Printed, it shows no password.
public struct ProxySettings: Sendable, CustomStringConvertible, CustomReflectable {
  /// Addresses of proxies by the scheme of what is asked for, as libcurl takes them.
  private let http: String?
  private let https: String?
  /// Hosts that are asked directly, separated by commas: names, which stand for their subdomains too, addresses, or
  /// `*`.
  let exceptions: String

  /// No proxy.
  public static let none = ProxySettings(http: nil, https: nil, exceptions: "")

  private init(http: String?, https: String?, exceptions: String) {
    (self.http, self.https, self.exceptions) = (http, https, exceptions)
  }

  /// Takes the settings from `http_proxy`, `https_proxy`, `all_proxy` and `no_proxy`, in lower or upper case; lower case
  /// wins. `HTTP_PROXY` is ignored in a program that a web server started, where a visitor can set it (httpoxy.org).
  /// - Throws: `GalleyError` (`configuration`) if a value can't be a proxy's address; it doesn't show the value.
  public init(environment: [String: String]) throws(GalleyError) {
    func setting(_ name: String) -> String? {
      let isForged = name == "http_proxy" && environment["REQUEST_METHOD"] != nil
      let value = environment[name] ?? (isForged ? nil : environment[name.uppercased()])
      return value.map(\.trimmingWhitespace).flatMap { $0.isEmpty ? nil : $0 }
    }
    func proxy(_ name: String) throws(GalleyError) -> String? {
      guard let value = setting(name) else { return nil }
      guard Self.isProxy(value) else {
        throw GalleyError(
          .configuration, "can't use the proxy", at: name, why: "the variable does not hold the address of a proxy",
          remedy: "Write it like http://proxy.example:3128, or unset \(name).")
      }
      return value
    }
    let all = try proxy("all_proxy")
    self.init(
      http: try proxy("http_proxy") ?? all, https: try proxy("https_proxy") ?? all,
      exceptions: setting("no_proxy") ?? "")
  }

  /// The proxy for an address; `nil` if it is asked directly, save for the exceptions, which libcurl applies.
  func proxy(for address: WebAddress) -> String? { address.isSecure ? https : http }

  public var description: String {
    let names = [http.map { _ in "http" }, https.map { _ in "https" }].compactMap { $0 }
    return names.isEmpty ? "no proxy" : "a proxy for \(names.joined(separator: " and "))"
  }
  public var customMirror: Mirror { Mirror(self, children: []) }

  private static func isProxy(_ text: String) -> Bool {
    guard text.utf8.count < 2048, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return false }
    guard let separator = text.firstRange(of: "://") else { return true }
    let scheme = text[..<separator.lowerBound].lowercased()
    let host = text[separator.upperBound...].prefix { $0 != "/" }.split(
      separator: "@", omittingEmptySubsequences: false)
    return ["http", "https", "socks4", "socks4a", "socks5", "socks5h"].contains(scheme) && host.last?.isEmpty == false
  }
}
