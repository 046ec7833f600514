// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// The processors of this machine.
enum ProcessorCount {
  /// Those that are switched on.
  static var online: Int { max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
