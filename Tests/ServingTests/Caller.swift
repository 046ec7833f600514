// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Glibc

struct SocketFailure: Error { var number: CInt }

/// A connection to a port of this machine, of somebody who says bytes as they are.
final class Caller: Sendable {
  private let descriptor: CInt

  init(_ port: Int) throws {
    descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw SocketFailure(number: errno) }
    var patience = timeval(tv_sec: 600, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw SocketFailure(number: errno) }
  }

  deinit { close(descriptor) }

  func say(_ text: String) { say(Data(text.utf8)) }

  func say(_ bytes: Data) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
      // The server may have said all it has to say before it has heard everything.
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }

  /// Says that nothing more will come.
  func sayNoMore() { shutdown(descriptor, CInt(SHUT_WR)) }

  /// Reads until a text has come.
  @discardableResult
  func hear(until text: String) -> Data {
    var result = Data()
    while result.firstRange(of: Data(text.utf8)) == nil, let portion = hearSome(1) { result += portion }
    return result
  }

  /// Reads until the server closes.
  func hearAll() -> Data {
    var result = Data()
    while let portion = hearSome(1 << 16) { result += portion }
    return result
  }

  private func hearSome(_ limit: Int) -> Data? {
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = recv(descriptor, &buffer, buffer.count, 0)
    return count > 0 ? Data(buffer.prefix(count)) : nil
  }
}

/// Sends bytes to a port of this machine, and reads until it closes.
/// - Parameter isEnded: Whether the server is told that nothing more will come.
func exchange(_ bytes: Data, _ port: Int, isEnded: Bool = false) throws -> Data {
  let caller = try Caller(port)
  caller.say(bytes)
  if isEnded { caller.sayNoMore() }
  return caller.hearAll()
}

/// Does what waits on a thread that may.
func waiting<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
  }
}
