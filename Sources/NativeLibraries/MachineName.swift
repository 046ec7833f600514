// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// This machine's kind, as files are pinned and packed for it. The one place that asks the kernel.
public enum MachineName {
  /// The processor's architecture: `x86_64`, `aarch64`.
  public static let processor: String = {
    var names = utsname()
    guard uname(&names) == 0 else { return "unknown" }
    return withUnsafeBytes(of: names.machine) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }()

  /// The system's name and the processor's: `linux-x86_64`.
  public static let platform = "linux-\(processor)"
}
