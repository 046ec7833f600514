// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// The memory that this machine has.
enum PhysicalMemory {
  /// In bytes; a very large number if the system doesn't say.
  static let byteCount: Int = {
    let (pages, size) = (sysconf(CInt(_SC_PHYS_PAGES)), sysconf(CInt(_SC_PAGESIZE)))
    guard pages > 0, size > 0 else { return 1 << 46 }
    return pages * size
  }()
}
