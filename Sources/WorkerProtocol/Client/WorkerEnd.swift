// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import Glibc

/// How a worker's process came to its end, and the error that says so to a person.
package struct WorkerEnd: Sendable {
  /// What ended the process.
  enum Cause: Sendable, Hashable {
    case notStarted(reason: String)
    case exited(Int32)
    case signaled(Int32)
  }

  /// The worker's name.
  var worker: String
  /// What ended the process.
  var cause: Cause
  /// What the client found wrong before it killed the worker; `nil` if the worker ended by itself.
  var fault: String?
  /// A message that the worker had begun.
  var unfinished = ""
  /// The last lines of its standard error.
  var lastLines: [String] = []

  /// The error for a request that was under way, or for one that comes too late if `method` is `nil`.
  func error(during method: String?) -> GalleyError {
    if case .notStarted(let reason) = cause {
      return GalleyError(
        .unavailable, "can't start the worker '\(worker)'", why: reason,
        remedy: "Check that the program is there and may be executed.")
    }
    let during = method.map { " during '\($0)'" } ?? ""
    return GalleyError(exitCode, "the worker '\(worker)' failed\(during)", why: why, remedy: remedy)
  }

  private var exitCode: ExitCode {
    fault == nil && cause == .signaled(SIGKILL) ? .tryAgain : .software
  }

  private var why: String {
    var parts = [fault ?? ending]
    if !unfinished.isEmpty { parts.append("its last message broke off: \(Self.quote(unfinished))") }
    if !lastLines.isEmpty { parts.append("the last lines of its log:\n    " + lastLines.joined(separator: "\n    ")) }
    return parts.joined(separator: "; ")
  }

  private var ending: String {
    switch cause {
    case .notStarted(let reason): reason
    case .exited(0): "it ended without an answer"
    case .exited(let code): "it ended with exit code \(code)"
    case .signaled(let number):
      "killed by signal \(number) (\(Self.signalName(number)))" + (Self.signalHint(number).map { ": \($0)" } ?? "")
    }
  }

  private var remedy: String {
    if fault != nil { return "This is a mistake in the worker; its log tells more." }
    switch cause {
    case .signaled(SIGKILL):
      return "Look for 'Out of memory' in the kernel's log (dmesg), give it less to do at once, then try again."
    case .signaled(SIGILL):
      return "A library was built for another processor; 'galley doctor' shows which ones are in use."
    default:
      return "What was finished before is kept; the log's last lines say what to mend."
    }
  }

  private static func signalHint(_ number: Int32) -> String? {
    switch number {
    case SIGKILL: "perhaps out of memory"
    case SIGSEGV, SIGBUS: "a library used memory that isn't its own"
    case SIGILL: "an instruction that this processor doesn't have, or a failed check"
    case SIGTRAP: "a failed check"
    case SIGABRT: "a library gave up"
    case SIGTERM, SIGINT, SIGHUP: "someone asked it to end"
    default: nil
    }
  }

  /// The usual name of a signal; glibc's own table isn't visible to Swift.
  static func signalName(_ number: Int32) -> String {
    let names: [Int32: String] = [
      SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGQUIT: "SIGQUIT", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP", SIGABRT: "SIGABRT",
      SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGKILL: "SIGKILL", SIGUSR1: "SIGUSR1", SIGSEGV: "SIGSEGV",
      SIGUSR2: "SIGUSR2", SIGPIPE: "SIGPIPE", SIGALRM: "SIGALRM", SIGTERM: "SIGTERM", SIGXCPU: "SIGXCPU",
      SIGXFSZ: "SIGXFSZ", SIGSYS: "SIGSYS",
    ]
    return names[number] ?? "signal \(number)"
  }

  /// The start of a text that may be anything, for a message.
  package static func quote(_ text: String) -> String { "'\(text.onOneLine(atMost: 80))'" }
}
