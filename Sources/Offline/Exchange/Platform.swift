// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// The platforms for which programs and libraries are built.
public enum Platform {
  /// This machine's: the system's name and the processor's, `linux-x86_64`.
  public static let current: String = {
    var names = utsname()
    guard uname(&names) == 0 else { return "linux-unknown" }
    let machine = withUnsafeBytes(of: names.machine) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    return "linux-\(machine)"
  }()
}
