// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley

/// A platform that agents run on, named as `Native/native.lock` does: `linux-x86_64`.
struct DevicePlatform: Sendable, Hashable, CustomStringConvertible {
  /// Its name.
  let description: String

  /// The platform of what `uname -sm` says.
  /// - Throws: `GalleyError` (`unavailable`) if there are no agents for it.
  init(system: String, machine: String) throws(GalleyError) {
    let processor =
      switch machine {
      case "x86_64", "amd64": "x86_64"
      case "aarch64", "arm64": "aarch64"
      default: nil as String?
      }
    guard system == "Linux", let processor else {
      throw GalleyError(
        .unavailable, "can't install an agent", why: "the device is '\(system) \(machine)'",
        remedy: "Agents run on 64-bit Linux on x86-64 and arm64 (x86_64, aarch64).")
    }
    description = "linux-\(processor)"
  }
}
