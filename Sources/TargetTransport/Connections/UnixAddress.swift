// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

package import Glibc

/// The name of a Unix socket as the system wants it.
package struct UnixAddress {
  private var address = sockaddr_un()
  private let length: socklen_t

  /// `nil` if the path is empty, longer than 107 bytes, or has a zero. Behind `@` stands an abstract name.
  package init?(_ path: String) {
    let bytes = Array(path.utf8)
    guard !bytes.isEmpty, bytes.count < MemoryLayout.size(ofValue: address.sun_path), !bytes.contains(0) else {
      return nil
    }
    // An abstract name ends where the address does.
    let isAbstract = path.hasPrefix("@")
    length = socklen_t(isAbstract ? MemoryLayout<sa_family_t>.size + bytes.count : MemoryLayout<sockaddr_un>.size)
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { place in
      place.copyBytes(from: bytes)
      if isAbstract { place[0] = 0 }
    }
  }

  /// Calls the system with it.
  package func use(_ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
    withUnsafePointer(to: address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }
}
