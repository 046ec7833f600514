// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Glibc
import Sandbox
import Synchronization

/// `sandbox-runner latch` lays the latch and says who can still open a socket; with a program and arguments it becomes
/// that program afterwards.
enum LatchedProgram {
  static func run(_ words: [String]) async {
    let port = listen()
    do {
      try NetworkLatch.engage()
      try NetworkLatch.engage()
    } catch {
      print("\(error)")
      exit(1)
    }
    if !words.isEmpty { become(words) }
    unsetenv("GALLEY_OFFLINE")
    print("engaged \(NetworkLatch.isEngaged)")
    print("main \(attempt(port))")
    print("task \(await Task.detached { attempt(port) }.value)")
    print("local \(socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0) >= 0)")
    print("netlink \(socket(AF_NETLINK, CInt(SOCK_RAW.rawValue), 0) >= 0)")
    let result = Mutex("")
    NetworkLatch.loopback?.perform {
      let words = attempt(port)
      result.withLock { $0 = words }
    }
    print("loopback \(result.withLock { $0 })")
    for (name, value) in NetworkLatch.exported.sorted(by: { $0.key < $1.key }) where name != "GALLEY_OFFLINE" {
      print("\(name) \(getenv(name).map { String(cString: $0) } == value)")
    }
  }

  /// A server on this machine, opened before the latch.
  private static func listen() -> UInt16 {
    let server = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    var address = loopback(0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(server, $0, size)
        getsockname(server, $0, &size)
      }
    }
    Glibc.listen(server, 5)
    return address.sin_port
  }

  private static func loopback(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }

  private static func attempt(_ port: UInt16) -> String {
    let client = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    guard client >= 0 else { return String(cString: strerror(errno)) }
    defer { close(client) }
    var address = loopback(port)
    let status = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    return status == 0 ? "connected" : String(cString: strerror(errno))
  }

  private static func become(_ words: [String]) {
    var vector: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    execv(words[0], &vector)
    print(String(cString: strerror(errno)))
    exit(127)
  }
}
