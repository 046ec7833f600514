// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Galley
import RemoteTargets
import TargetTransport
import TransportSupport

/// `galley-agent serve` with its state in a folder of its own, on TLS and on a Unix socket.
final class AgentProgram: Sendable {
  static let executable: String = {
    let runner = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? runner
    return URL(filePath: bundle).deletingLastPathComponent().appending(path: "galley-agent").path(percentEncoded: false)
  }()

  let place: TransportPlace
  private let process: SpawnedProgram
  let port: Int
  let state: String

  private struct Line: Decodable {
    struct Fields: Decodable { var at: [String]? }
    var message: String
    var fields: Fields?
  }

  /// Starts it and waits until it takes hosts.
  /// - Parameters:
  ///   - port: The port; one that is free if it is left out.
  ///   - state: The folder of an agent that has ended; a new one if it is left out.
  ///   - environment: Variables that it has besides, as `NAME=VALUE`.
  init(port: Int? = nil, in earlier: TransportPlace? = nil, environment: [String] = []) async throws {
    place = try earlier ?? TransportPlace()
    state = "\(place.folder)/state"
    let (tokens, log) = ("\(place.folder)/tokens", "\(place.folder)/log-\(UInt32.random(in: 0 ... .max))")
    try Data("\(TransportPlace.secret.hexadecimal)\n".utf8).write(to: URL(filePath: tokens))
    chmod(tokens, 0o600)
    try Data().write(to: URL(filePath: log))
    process = try SpawnedProgram(
      "/usr/bin/env",
      environment + [
        Self.executable, "serve", "--state-folder", state, "--listen", "127.0.0.1:\(port ?? Self.freePort())",
        "--listen", "unix:\(place.folder)/a.sock", "--token-file", tokens, "--machine-lock", "\(place.folder)/lock",
      ], log: log)
    var places: [String]?
    let deadline = ContinuousClock.now + .seconds(120)
    while places == nil, ContinuousClock.now < deadline {
      let lines = try Data(contentsOf: URL(filePath: log)).split(separator: 10)
      places =
        lines.compactMap { try? JSONDecoder().decode(Line.self, from: $0) }
        .first { $0.message == "the agent takes hosts" }?.fields?.at
      if places == nil { try await Task.sleep(for: .milliseconds(5)) }
    }
    self.port = places?.first?.split(separator: ":").last.flatMap { Int($0) } ?? 0
    guard self.port > 0 else {
      throw GalleyError(.software, "can't test", why: (try? String(contentsOfFile: log, encoding: .utf8)) ?? "no agent")
    }
  }

  deinit { kill() }

  /// Ends it without a word.
  func kill() { process.end() }

  /// The agent as a declared target: with TLS and a token, or on its Unix socket.
  func target(secure: Bool, named name: String = "board") throws -> DeclaredTarget {
    try DeclaredTarget(
      name: name, endpoint: secure ? .tcp(host: "127.0.0.1", port: port) : .unix(path: "\(place.folder)/a.sock"),
      trust: secure ? .token(TransportPlace.secret, agent: nil) : .local)
  }

  /// A port that nobody had a moment ago.
  static func freePort() -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    return withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        guard bind(descriptor, address, length) == 0, getsockname(descriptor, address, &length) == 0 else { return 0 }
        return Int(UInt16(bigEndian: pointer.pointee.sin_port))
      }
    }
  }
}
