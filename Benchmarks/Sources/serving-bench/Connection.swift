// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Glibc
import Synchronization

/// A connection that stays open.
final class Connection: Lister {
  private let descriptor: CInt
  private let token: String

  init(port: Int, token: String) throws {
    self.token = token
    descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var yes: CInt = 1
    setsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<CInt>.size))
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw Failure(description: String(cString: strerror(errno))) }
  }

  deinit { close(descriptor) }

  func list(_ folder: Int) throws {
    let request =
      "GET /v1/items?dataset=drawn&where=folder==%27/camera-\(folder)%27&pageSize=50 HTTP/1.1\r\nHost: localhost\r\n"
      + "Authorization: Bearer \(token)\r\n\r\n"
    let bytes = Array(request.utf8)
    guard send(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL)) == bytes.count else {
      throw Failure(description: String(cString: strerror(errno)))
    }
    var answer = Data()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var wanted = Int.max
    while answer.count < wanted {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { throw Failure(description: "the server closed the connection") }
      answer.append(contentsOf: buffer.prefix(count))
      guard wanted == .max, let end = answer.firstRange(of: Data("\r\n\r\n".utf8)) else { continue }
      let head = String(decoding: answer[..<end.lowerBound], as: UTF8.self)
      guard head.hasPrefix("HTTP/1.1 200"), let line = head.components(separatedBy: "Content-Length: ").last,
        let length = Int(line.prefix { $0.isNumber })
      else { throw Failure(description: head) }
      wanted = end.upperBound + length
    }
  }
}

/// Counts of several threads.
final class Counts: Sendable {
  private let sum = Mutex(0)

  func add(_ count: Int) { sum.withLock { $0 += count } }

  var total: Int { sum.withLock { $0 } }
}
