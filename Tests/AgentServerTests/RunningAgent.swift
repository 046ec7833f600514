// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Files
import Foundation
import Synchronization
import Testing

/// The program as a service, with its state in a folder of its own.
final class RunningAgent: Sendable {
  let folder: TestFolder
  let process: Process
  let log: String
  /// The port with TLS.
  let port: Int
  var socket: String { "\(folder.path)/a.sock" }
  var control: String { "\(folder.path)/control.sock" }

  static let token = String(repeating: "0123456789abcdef", count: 4)

  /// A line of the log.
  struct Line: Decodable {
    struct Fields: Decodable {
      var at: [String]?
      var certificate: String?
    }
    var level: String
    var message: String
    var session: String?
    var fields: Fields?
  }

  /// Starts it and waits until it takes hosts.
  init(_ arguments: [String] = [], folder: TestFolder? = nil, environment: [String: String] = [:]) async throws {
    let folder = try folder ?? TestFolder()
    (self.folder, log) = (folder, "\(folder.path)/log-\(UUID().uuidString.prefix(4))")
    let tokens = "\(folder.path)/tokens"
    try Data("# a test's\n\(Self.token)\n".utf8).write(to: URL(filePath: tokens))
    chmod(tokens, 0o600)
    try Data().write(to: URL(filePath: log))
    process = Process()
    process.executableURL = URL(filePath: agentProgram)
    process.arguments =
      [
        "serve", "--state-folder", folder.path, "--listen", "127.0.0.1:\(Self.freePort())", "--listen",
        "unix:\(folder.path)/a.sock", "--token-file", tokens, "--machine-lock",
        "\(folder.path)/lock",
      ] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(["GALLEY_TEST": folder.path]) { $1 }
      .merging(environment) { $1 }
    process.standardError = try FileHandle(forWritingTo: URL(filePath: log))
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    var places: [String]?
    while places == nil, process.isRunning {
      places = try Self.lines(log).first { $0.message == "the agent takes hosts" }?.fields?.at
      if places == nil { try await Task.sleep(for: .milliseconds(5)) }
    }
    // Until it knows its device, hosts wait, which takes long where many tests run.
    while process.isRunning, try !Self.lines(log).contains(where: { $0.message == "runtimes were found" }) {
      try await Task.sleep(for: .milliseconds(5))
    }
    port = places?.first?.split(separator: ":").last.flatMap { Int($0) } ?? 0
    guard port > 0 else { throw Unexpected() }
  }

  deinit {
    if process.isRunning {
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
  }

  static func lines(_ path: String) throws -> [Line] {
    try Data(contentsOf: URL(filePath: path)).split(separator: 10).compactMap {
      try? JSONDecoder().decode(Line.self, from: $0)
    }
  }

  /// A port that nobody had a moment ago.
  static func freePort() -> Int {
    let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr = in_addr(s_addr: UInt32(0x7F00_0001).bigEndian)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { socketAddress in
        _ = bind(descriptor, socketAddress, length)
        _ = getsockname(descriptor, socketAddress, &length)
      }
    }
    return Int(UInt16(bigEndian: address.sin_port))
  }

  /// Ends it as systemd does.
  /// - Returns: its exit code.
  func stop() async -> Int32 {
    kill(process.processIdentifier, SIGTERM)
    return await ended()
  }

  func ended() async -> Int32 {
    while process.isRunning { try? await Task.sleep(for: .milliseconds(5)) }
    return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
  }

  /// Waits until no process of the test lives.
  func isDeserted() async throws {
    while !(try ServedSessionTests.processes(of: folder.path)).isEmpty { try await Task.sleep(for: .milliseconds(10)) }
  }

  /// Runs the program beside the service.
  static func command(_ arguments: [String], input: String = "") throws -> (
    status: Int32, output: String, error: String
  ) {
    let (process, output, error, standardInput) = (Process(), Pipe(), Pipe(), Pipe())
    process.executableURL = URL(filePath: agentProgram)
    process.arguments = arguments
    (process.standardOutput, process.standardError, process.standardInput) = (output, error, standardInput)
    try process.run()
    try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try standardInput.fileHandleForWriting.close()
    let words = output.fileHandleForReading.readDataToEndOfFile()
    let complaints = error.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (
      process.terminationStatus, String(decoding: words, as: UTF8.self), String(decoding: complaints, as: UTF8.self)
    )
  }
}
