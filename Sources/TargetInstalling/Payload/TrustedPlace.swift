// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Places that nobody named, but that are found by walking up from the program: `/tmp` may be among them, where anybody
/// can put what would then run on a device.
enum TrustedPlace {
  /// Whether root or this user made what lies there.
  static func isTrusted(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && (status.st_uid == 0 || status.st_uid == geteuid())
  }
}
