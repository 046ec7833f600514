// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Glibc

/// Why this kernel gives no namespaces, as far as it says.
enum NamespaceObstacle {
  /// What the attempts said, with the settings that explain it.
  static func words(_ attempts: [String]) -> String {
    var seen: Set<String> = []
    let parts = (attempts + settings).filter { seen.insert($0).inserted }
    return parts.joined(separator: "; ")
  }

  static func error(_ reason: String) -> GalleyError {
    GalleyError(
      .unavailable, "can't run a command in namespaces of its own", why: reason,
      remedy: "Allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, "
        + "kernel.apparmor_restrict_unprivileged_userns), or run it as root or outside the container.")
  }

  /// The system's settings that forbid them.
  private static var settings: [String] {
    var found: [String] = []
    if value("user/max_user_namespaces") == "0" { found.append("user.max_user_namespaces is 0") }
    if value("kernel/unprivileged_userns_clone") == "0" { found.append("kernel.unprivileged_userns_clone is 0") }
    if value("kernel/apparmor_restrict_unprivileged_userns") == "1" {
      found.append("kernel.apparmor_restrict_unprivileged_userns is 1")
    }
    if let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      status.contains("\nSeccomp:\t2")
    {
      found.append("this process is itself under a seccomp filter, as in a container or a sandbox")
    }
    return found
  }

  private static func value(_ setting: String) -> String? {
    (try? String(contentsOfFile: "/proc/sys/\(setting)", encoding: .utf8))?
      .split(whereSeparator: \.isNewline).first.map(String.init)
  }
}
