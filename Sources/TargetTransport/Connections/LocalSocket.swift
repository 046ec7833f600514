// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
package import Galley
internal import Glibc

/// A Unix socket in the file system that waits for connections.
package struct LocalSocket {
  package let descriptor: CInt

  /// Takes the path; a socket there that nobody listens on any more is replaced.
  /// - Parameter mode: Who may connect, as a file's mode says who may write.
  package init(_ path: String, mode: UInt32) throws(GalleyError) {
    guard let address = UnixAddress(path) else {
      throw Self.refusal(path, "the path is empty or longer than 107 bytes")
    }
    if try Self.isTaken(path, address) {
      throw Self.refusal(path, "another program listens there", "Stop it, or choose another path.")
    }
    let descriptor = Self.make()
    guard descriptor >= 0 else { throw Self.refusal(path, Self.reason) }
    // The mode is set before anybody can connect: a socket that doesn't listen yet refuses everybody.
    guard address.use({ bind(descriptor, $0, $1) }) == 0, chmod(path, mode_t(mode)) == 0,
      listen(descriptor, 256) == 0
    else {
      let why = Self.reason
      close(descriptor)
      throw Self.refusal(path, why)
    }
    self.descriptor = descriptor
  }

  private static func make() -> CInt {
    socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue), 0)
  }

  /// Whether somebody listens; what a program left that is gone is removed.
  private static func isTaken(_ path: String, _ address: UnixAddress) throws(GalleyError) -> Bool {
    guard let facts = FileFacts(at: path) else { return false }
    guard facts.kind == .socket else { throw refusal(path, "there is something that is no socket") }
    let probe = make()
    guard probe >= 0 else { throw refusal(path, reason) }
    defer { close(probe) }
    guard address.use({ connect(probe, $0, $1) }) != 0, errno == ECONNREFUSED else { return true }
    guard unlink(path) == 0 else { throw refusal(path, reason) }
    return false
  }

  private static var reason: String { String(cString: strerror(errno)) }

  private static func refusal(_ path: String, _ why: String, _ remedy: String? = nil) -> GalleyError {
    GalleyError(.cantCreate, "can't listen", at: "unix:\(path)", why: why, remedy: remedy)
  }
}
