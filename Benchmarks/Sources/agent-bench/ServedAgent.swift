// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Comparisons
import Foundation
import Glibc
import Measuring
import RemoteTargets
import TargetProtocol
import TargetTransport

/// `galley-agent serve` with its state in a folder of its own.
final class ServedAgent {
  let folder: String
  let child: ChildProgram
  /// From its start until it takes hosts.
  let secondsToReady: Double
  private let port: UInt16
  private static let token = String(repeating: "0123456789abcdef", count: 4)

  /// Starts it and waits until it says that it is ready, as it does to systemd.
  init(_ program: String, in folder: String) throws {
    self.folder = folder
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let tokens = "\(folder)/tokens"
    try Data("\(Self.token)\n".utf8).write(to: URL(filePath: tokens))
    chmod(tokens, 0o600)
    let notices = try NoticeSocket("\(folder)/notices")
    port = try Self.freePort()
    let start = MonotonicClock.nanoseconds
    child = try ChildProgram(
      program,
      [
        "serve", "--state-folder", folder, "--listen", "127.0.0.1:\(port)", "--listen", "unix:\(folder)/agent.sock",
        "--token-file", tokens, "--machine-lock", "\(folder)/lock", "--log-level", "warning",
      ], environment: ["NOTIFY_SOCKET=\(folder)/notices"], log: "\(folder)/log")
    try notices.wait(for: "READY=1")
    secondsToReady = Double(MonotonicClock.nanoseconds &- start) * 1e-9
  }

  /// The file with its certificate and key, which the C programs use too.
  var identity: String { "\(folder)/identity.pem" }

  /// The file of a blob that it has.
  func file(of blob: Blob) -> String { "\(folder)/store/blobs/\(blob.digest)" }

  /// The agent as a target.
  func target(isSecure: Bool) throws -> DeclaredTarget {
    guard isSecure else {
      return try DeclaredTarget(name: "agent", endpoint: .unix(path: "\(folder)/agent.sock"), trust: .local)
    }
    let secret = Data((0..<32).map { UInt8($0 % 8 * 0x22 + 0x01) })
    return try DeclaredTarget(
      name: "agent", endpoint: .tcp(host: "127.0.0.1", port: Int(port)), trust: .token(secret, agent: nil))
  }

  func connect(isSecure: Bool) async throws -> AgentClient {
    try await AgentClient.connect(to: try target(isSecure: isSecure), as: try Identity.make(name: "agent-bench"))
  }

  /// A port that nobody has now.
  private static func freePort() throws -> UInt16 {
    let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isTaken = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
      }
    }
    guard isTaken else { throw Failure("no free port") }
    return UInt16(bigEndian: address.sin_port)
  }
}

/// A socket on which a service says how it is.
struct NoticeSocket {
  private let descriptor: CInt

  init(_ path: String) throws {
    unlink(path)
    descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard descriptor >= 0, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw Failure("\(path) is too long for a socket")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    var limit = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    guard status == 0 else { throw Failure("can't listen at \(path)") }
  }

  /// Waits for a word, and listens no more.
  func wait(for word: String) throws {
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 512)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { throw Failure("the agent said no '\(word)' within ten seconds") }
      if String(decoding: buffer[..<count], as: UTF8.self).hasPrefix(word) { return }
    }
  }
}
