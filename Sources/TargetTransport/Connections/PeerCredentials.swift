// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Who is at the other end of a Unix socket, as the kernel says (`SO_PEERCRED`, unix(7)): its `struct ucred`, which Swift
/// doesn't see.
package struct PeerCredentials: Sendable, Hashable {
  /// The process; 0 if nobody is there.
  package var process: Int32 = 0
  /// The user's number.
  package var user: UInt32 = 0
  /// The group's number.
  package var group: UInt32 = 0
}

extension PeerCredentials {
  /// Asks the kernel; `nil` for a socket of another kind, or if nobody is there.
  package init?(of descriptor: CInt) {
    var (fields, length) = ([UInt32](repeating: 0, count: 3), socklen_t(12))
    guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &fields, &length) == 0, length == 12, fields[0] > 0 else {
      return nil
    }
    self.init(process: Int32(bitPattern: fields[0]), user: fields[1], group: fields[2])
  }
}
