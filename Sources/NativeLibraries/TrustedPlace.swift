// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Places that nobody named, but that were found by walking up from the program or in the pantry: `/tmp` may be among
/// them, where anybody can put what would then be loaded here, or sent to a device and run there.
public enum TrustedPlace {
  /// Whether root or the user who runs the program owns what lies there.
  public static func isTrusted(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && (status.st_uid == 0 || status.st_uid == geteuid())
  }
}
