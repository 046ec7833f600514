// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Foundation
import Synchronization

/// Another program, started without Foundation's `Process`, whose end is not always noticed on threads of one's own.
public final class SpawnedProgram: Sendable {
  /// What it says, on both streams.
  public let output: FileHandle
  private let process: pid_t
  /// Kept open, so that its standard input doesn't end.
  private let feed: FileHandle
  private let hasEnded = Mutex(false)

  /// The program couldn't be started.
  public struct Failure: Error { let number: Int32 }

  /// Starts a program.
  /// - Parameters:
  ///   - input: What stands on its standard input; `nil` for nothing, and no end.
  ///   - log: A file that takes its standard error; `nil` to read that with the output.
  public init(_ program: String, _ arguments: [String], input: String? = nil, log: String? = nil) throws {
    // A program that ends without reading is no reason to end this one.
    signal(SIGPIPE, SIG_IGN)
    let (output, feed) = (Pipe(), Pipe())
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, feed.fileHandleForReading.fileDescriptor, 0)
    posix_spawn_file_actions_adddup2(&actions, output.fileHandleForWriting.fileDescriptor, 1)
    if let log {
      posix_spawn_file_actions_addopen(&actions, 2, log, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    } else {
      posix_spawn_file_actions_adddup2(&actions, output.fileHandleForWriting.fileDescriptor, 2)
    }
    for handle in [output.fileHandleForReading, output.fileHandleForWriting, feed.fileHandleForWriting] {
      _ = fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC)
    }
    let words = ([program] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var process = pid_t()
    let number = posix_spawn(&process, program, &actions, nil, words, environ)
    try output.fileHandleForWriting.close()
    guard number == 0 else { throw Failure(number: number) }
    (self.output, self.process, self.feed) = (output.fileHandleForReading, process, feed.fileHandleForWriting)
    if let input {
      try? feed.fileHandleForWriting.write(contentsOf: Data(input.utf8))
      try feed.fileHandleForWriting.close()
    }
  }

  /// Ends it, and waits until it has.
  public func end() {
    let isFirst = hasEnded.withLock { ended in
      defer { ended = true }
      return !ended
    }
    guard isFirst else { return }
    kill(process, SIGKILL)
    _ = wait()
  }

  /// Waits for its end.
  /// - Returns: its exit code, or 128 and the signal.
  func wait() -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
  }
}

/// Runs a program and gives what it says, whether or not it succeeds; waits on a thread of its own.
public func say(
  _ program: String, _ arguments: [String], input: String = ""
) async throws -> (status: Int32, text: String) {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread {
      continuation.resume(
        with: Result {
          let program = try SpawnedProgram(program, arguments, input: input)
          let text = String(decoding: program.output.readDataToEndOfFile(), as: UTF8.self)
          return (program.wait(), text)
        })
    }
  }
}
