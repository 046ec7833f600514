// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Foundation
public import Glibc

/// A program run for its speed and its memory: started, spoken to over pipes, waited for.
public final class ChildProgram {
  /// Its number.
  public private(set) var process: pid_t = 0
  private let input: CInt
  private let output: CInt
  private var unread: [UInt8] = []

  /// Starts a program.
  /// - Parameters:
  ///   - environment: Variables beside those of this program.
  ///   - log: A file for its standard error, which otherwise stays this program's.
  public init(
    _ executable: String, _ arguments: [String], environment: [String] = [], log: String? = nil
  ) throws {
    var (toChild, fromChild): ([CInt], [CInt]) = ([0, 0], [0, 0])
    guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { throw Failure("no pipe") }
    input = toChild[1]
    output = fromChild[0]
    for descriptor in [input, output] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
    posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
    posix_spawn_file_actions_addclose(&actions, toChild[0])
    posix_spawn_file_actions_addclose(&actions, fromChild[1])
    if let log { posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600) }
    // A thread of a pool may block signals, and what it starts would go on doing that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    let words = ([executable] + arguments).map { strdup($0) } + [nil]
    let inherited = ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
    let variables = (environment + inherited).map { strdup($0) } + [nil]
    defer { for word in words + variables { free(word) } }
    let failure = posix_spawn(&process, executable, &actions, &attributes, words, variables)
    close(toChild[0])
    close(fromChild[1])
    guard failure == 0 else { throw Failure("can't start \(executable): \(String(cString: strerror(failure)))") }
  }

  /// Writes a line to its input.
  public func send(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = write(input, bytes, bytes.count)
  }

  /// The next line of the program's output; `nil` at its end.
  public func line() -> String? {
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        defer { unread.removeFirst(end + 1) }
        return String(decoding: unread[..<end], as: UTF8.self)
      }
      let count = read(output, &piece, piece.count)
      if count <= 0 { return nil }
      unread += piece[..<count]
    }
  }

  /// Closes the pipes and waits for the end.
  public func finish() {
    close(input)
    while line() != nil {}
    close(output)
    var status: CInt = 0
    waitpid(process, &status, 0)
  }

  /// Asks it to end, and waits until it has.
  public func stop() {
    kill(process, SIGTERM)
    finish()
  }
}

/// Why a comparison can't be made.
public struct Failure: Error, CustomStringConvertible {
  public var description: String
  /// Says why.
  public init(_ description: String) { self.description = description }
}
