// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Glibc

/// Two connected descriptors; both are closed in every program that this one starts.
package struct DescriptorPair {
  package var reader: CInt
  package var writer: CInt

  /// Two descriptors that are connected.
  package init(reader: CInt, writer: CInt) { (self.reader, self.writer) = (reader, writer) }

  /// Closes both.
  package func close() {
    Glibc.close(reader)
    Glibc.close(writer)
  }

  /// A pipe.
  package static func pipe() -> DescriptorPair? {
    var ends: [CInt] = [-1, -1]
    // pipe2 isn't visible to Swift; in the instant before the flags are set only a foreign fork could inherit the ends.
    guard Glibc.pipe(&ends) == 0 else { return nil }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return DescriptorPair(reader: ends[0], writer: ends[1])
  }

  /// A pair of stream sockets.
  package static func socket() -> DescriptorPair? {
    var ends: [CInt] = [-1, -1]
    let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
    return DescriptorPair(reader: ends[0], writer: ends[1])
  }
}
