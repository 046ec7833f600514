// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Synchronization

/// A child process that a test talks to without blocking a thread that others need.
///
/// What it writes goes to files. A pipe would be inherited by children that other tests start at the same time and would
/// then not end with the process.
final class Child: Sendable {
  private let process = Process()
  private let output = "\(TestServers.folder())/\(TestServers.newIdentifier()).output"
  private let status = Mutex<Int32?>(nil)

  init(_ words: [String], environment: [String: String]? = nil) throws {
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = words
    if let environment { process.environment = environment }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try Self.newFile(output)
    process.standardError = try Self.newFile(output + ".errors")
    process.terminationHandler = { process in self.status.withLock { $0 = process.terminationStatus } }
    try process.run()
  }

  private static func newFile(_ path: String) throws -> FileHandle {
    try Data().write(to: URL(filePath: path))
    return try FileHandle(forWritingTo: URL(filePath: path))
  }

  func kill() { Foundation.kill(process.processIdentifier, SIGKILL) }

  private var hasEnded: Bool { status.withLock { $0 } != nil }

  private var written: String { (try? String(contentsOfFile: output, encoding: .utf8)) ?? "" }
  /// Everything the child wrote to its standard error so far.
  var complaints: String { (try? String(contentsOfFile: output + ".errors", encoding: .utf8)) ?? "" }

  /// The first line that the child writes.
  func firstLine() async throws -> String {
    while true {
      let mayWrite = !hasEnded
      let text = written
      if let end = text.firstIndex(of: "\n") { return String(text[..<end]) }
      guard mayWrite else { throw Failure(text: "no line: \(complaints)") }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  /// Waits until the child wrote this to its standard error, or ended.
  func waitForComplaint(_ text: String) async throws {
    while !complaints.contains(text), !hasEnded { try await Task.sleep(for: .milliseconds(5)) }
  }

  /// Waits for the child's end; its exit status and all it wrote.
  func end() async throws -> (status: Int32, output: String) {
    while true {
      if let status = status.withLock({ $0 }) { return (status, written) }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  struct Failure: Error { var text: String }
}
