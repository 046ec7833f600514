// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
import Glibc
import Synchronization

/// A child process that a test talks to without blocking a thread that others need.
///
/// What it writes goes to files. A pipe would be inherited by children that other tests start at the same time and would
/// then not end with the process. For the same reason servers close all that they inherit; Foundation's `Process` would
/// take that for their end, so children are started and awaited without it.
final class Child: Sendable {
  private let identifier: pid_t
  private let output = "\(TestServers.folder())/\(TestServers.newIdentifier()).output"
  private let status = Mutex<Int32?>(nil)

  init(_ words: [String], environment: [String: String]? = nil) throws {
    for path in [output, output + ".errors"] { try Data().write(to: URL(filePath: path)) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, output + ".errors", O_WRONLY, 0)
    let variables = (environment ?? ProcessInfo.processInfo.environment).map { "\($0.key)=\($0.value)" }
    var (arguments, variableTexts) = ((["env"] + words).map { strdup($0) }, variables.map { strdup($0) })
    defer { for text in arguments + variableTexts { free(text) } }
    arguments.append(nil)
    variableTexts.append(nil)
    var identifier: pid_t = 0
    let failure = posix_spawn(&identifier, "/usr/bin/env", &actions, nil, arguments, variableTexts)
    guard failure == 0 else { throw Failure(text: String(cString: strerror(failure))) }
    self.identifier = identifier
    // A child that nobody asks about must be collected too: whoever waits for any child would see this one for ever.
    Task.detached { while self.endStatus == nil { try? await Task.sleep(for: .milliseconds(50)) } }
  }

  func kill() { Glibc.kill(identifier, SIGKILL) }

  private var hasEnded: Bool { endStatus != nil }

  /// How the process ended: its exit code, or the signal; `nil` while it runs.
  private var endStatus: Int32? {
    status.withLock { known in
      if known == nil {
        var word: Int32 = 0
        if waitpid(identifier, &word, WNOHANG) == identifier {
          known = word & 0x7F == 0 ? word >> 8 & 0xFF : word & 0x7F
        }
      }
      return known
    }
  }

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
      if let status = endStatus { return (status, written) }
      try await Task.sleep(for: .milliseconds(10))
    }
  }

  struct Failure: Error { var text: String }
}
