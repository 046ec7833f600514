// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// What is left of a disk for programs without special rights.
package enum DiskSpace {
  /// Bytes that are free where a path leads; `nil` if the system doesn't say.
  package static func free(at path: String) -> UInt64? {
    var status = statvfs()
    return statvfs(path, &status) == 0 ? bytes(status) : nil
  }

  /// Bytes that are free where an open file lies; `nil` if the system doesn't say.
  package static func free(of descriptor: CInt) -> UInt64? {
    var status = statvfs()
    return fstatvfs(descriptor, &status) == 0 ? bytes(status) : nil
  }

  private static func bytes(_ status: statvfs) -> UInt64 {
    let free = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
    return free.overflow ? .max : free.partialValue
  }
}
