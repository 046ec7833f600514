// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Foundation
internal import Galley
internal import Glibc
internal import Subprocess
internal import Synchronization
internal import SystemPackage

/// The user's own `ssh`, with his configuration, keys and agent. All calls share one connection, so that he is asked for
/// a password once at most.
final class SecureShell: Sendable {
  /// What a call gave.
  struct Answer: Sendable {
    /// The command's exit code; 255 is ssh's own.
    var status: Int32
    var output: String
    var errors: String
  }

  /// What a command reads.
  enum Input: Sendable {
    case text(String)
    /// A file from some byte on, and who is told how far it was read.
    case file(String, from: Int, @Sendable (Int) -> Void)
  }

  /// Where it goes: what the user gave.
  let destination: String
  /// A folder of this process's own, for what is kept meanwhile.
  let folder: String
  private let command: [String]
  private let options: [String]
  private let asksNothing: Bool
  private let connected = Mutex(false)

  /// The variable that names the program, with words before its arguments: `ssh -F other-config`.
  static let variable = "GALLEY_SSH"

  private init(_ destination: String, _ options: [String], _ asksNothing: Bool, _ folder: String) {
    self.destination = destination
    (self.asksNothing, self.folder) = (asksNothing, folder)
    let words = (ProcessInfo.processInfo.environment[Self.variable] ?? "").split(separator: " ").map(String.init)
    command = words.isEmpty ? ["ssh"] : words
    // Of each option ssh takes what it is given first.
    self.options =
      options.flatMap { ["-o", $0] } + (asksNothing ? ["-o", "BatchMode=yes"] : [])
      + [
        "-T", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3",
        "-o", "ControlMaster=auto", "-o", "ControlPersist=15", "-o", "ControlPath=\(folder)/m",
      ]
  }

  /// Lets `body` use it, and ends the connection whatever happens.
  /// - Parameters:
  ///   - destination: As ssh takes it: a host, `USER@HOST`, `ssh://USER@HOST:PORT`, or a name of the user's configuration.
  ///   - options: As in ssh's configuration, `KEY=VALUE`; they count before all others.
  ///   - asksNothing: Whether ssh asks for no password and no word on a host's key.
  /// - Throws: `GalleyError` if the destination can't be one; what `body` throws.
  static func with<Result: Sendable>(
    _ destination: String, options: [String], asksNothing: Bool,
    _ body: (SecureShell) async throws -> Result
  ) async throws -> Result {
    try check(destination, options)
    var name = Array("/tmp/galley-ssh-XXXXXX".utf8CString)
    let isMade = name.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } != nil }
    guard isMade else {
      throw GalleyError(.cantCreate, "can't make a folder", at: "/tmp", why: String(cString: strerror(errno)))
    }
    let folder = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let shell = SecureShell(destination, options, asksNothing, folder)
    do {
      let result = try await body(shell)
      await shell.end()
      return result
    } catch {
      await shell.end()
      throw error
    }
  }

  private static func check(_ destination: String, _ options: [String]) throws(GalleyError) {
    let isPlain = destination.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    guard !destination.isEmpty, isPlain, !destination.hasPrefix("-") else {
      throw GalleyError(
        .usage, "can't use '\(destination)' as a destination", why: "ssh takes no such",
        remedy: "Give one like root@192.168.0.7, ssh://root@device:2222, or a name of your ssh configuration.")
    }
    for option in options where !option.contains("=") || option.hasPrefix("-") {
      throw GalleyError(
        .usage, "can't use the option '\(option)' of ssh", why: "it isn't KEY=VALUE",
        remedy: "Give it as ssh's configuration has it: --ssh-option Port=2222.")
    }
  }

  /// Ends the connection; also when the task was cancelled.
  private func end() async {
    await Task.detached { [self] in
      _ = try? await within(.seconds(5)) { try await self.start(["-O", "exit"], [], .text("")) }
      try? FileManager.default.removeItem(atPath: folder)
    }.value
  }

  /// What ssh makes of the destination with the user's configuration, by key: `hostname`, `port`, `proxyjump`.
  /// - Throws: `GalleyError` if there is no ssh or it can't understand its configuration; `CancellationError`.
  func configuration() async throws -> [String: String] {
    let answer = try await within(.seconds(30)) { try await self.start(["-G"], [], .text("")) }
    guard answer.status == 0 else { throw failure(answer) }
    let pairs = answer.output.split(separator: "\n").map { $0.split(separator: " ", maxSplits: 1).map(String.init) }
    return Dictionary(pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) }) { first, _ in first }
  }

  /// Runs a command on the device.
  /// - Parameter limit: How long it may take; only the first call, which may ask for a password, has none.
  /// - Throws: `GalleyError` if ssh fails, or the time is over; `CancellationError`.
  func run(_ words: [String], reading input: Input, within limit: Duration?) async throws -> Answer {
    let first = !connected.withLock { $0 } && !asksNothing
    let answer = try await within(first ? nil : limit) { try await self.start([], words, input) }
    // A command's own code is anything else.
    guard answer.status != 255 else { throw failure(answer) }
    connected.withLock { $0 = true }
    return answer
  }

  private func within(
    _ limit: Duration?, _ body: @escaping @Sendable () async throws -> Answer
  ) async throws -> Answer {
    try await withThrowingTaskGroup(of: Answer?.self) { group in
      defer { group.cancelAll() }
      group.addTask { try await body() }
      if let limit {
        group.addTask {
          try await Task.sleep(for: limit)
          return nil
        }
      }
      guard let answer = try await group.next() ?? nil else {
        throw GalleyError(
          .tryAgain, "can't work on the device", at: destination, why: "it didn't answer in time",
          remedy: "Look at the device, and run the command again: it goes on where it was.")
      }
      return answer
    }
  }

  // MARK: The process

  private func start(_ before: [String], _ words: [String], _ input: Input) async throws -> Answer {
    let descriptor = try open(input)
    // It shares the place in the file with the process that reads it.
    let place = fcntl(descriptor.rawValue, F_DUPFD_CLOEXEC, 0)
    let watch = Task { [self] in await report(place, input) }
    do {
      let result = try await Subprocess.run(
        command[0].contains("/") ? .path(FilePath(command[0])) : .name(command[0]),
        arguments: Arguments(Array(command.dropFirst()) + before + options + ["--", destination] + words),
        input: .fileDescriptor(descriptor, closeAfterSpawningProcess: true), output: .string(limit: 16 << 20),
        error: .string(limit: 1 << 20))
      await stop(watch, place)
      try Task.checkCancellation()
      let status =
        switch result.terminationStatus {
        case .exited(let code): code
        case .signaled: Int32(255)
        }
      return Answer(status: status, output: result.standardOutput, errors: result.standardError)
    } catch {
      await stop(watch, place)
      try Task.checkCancellation()
      guard let failure = error as? SubprocessError else { throw error }
      throw absent("\(failure)")
    }
  }

  private func stop(_ watch: Task<Void, Never>, _ place: CInt) async {
    watch.cancel()
    await watch.value
    close(place)
  }

  private func report(_ place: CInt, _ input: Input) async {
    guard case .file(_, _, let onProgress) = input else { return }
    while (try? await Task.sleep(for: .milliseconds(200))) != nil { onProgress(Int(lseek(place, 0, SEEK_CUR))) }
  }

  private func open(_ input: Input) throws(GalleyError) -> FileDescriptor {
    switch input {
    case .text(let text):
      let path = "\(folder)/input"
      guard (try? Data(text.utf8).write(to: URL(filePath: path))) != nil else {
        throw GalleyError(.cantCreate, "can't keep a file", at: path, why: String(cString: strerror(errno)))
      }
      return try open(path, from: 0)
    case .file(let path, let start, _): return try open(path, from: start)
    }
  }

  private func open(_ path: String, from start: Int) throws(GalleyError) -> FileDescriptor {
    let number = Glibc.open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0, lseek(number, off_t(start), SEEK_SET) >= 0 else {
      let why = String(cString: strerror(errno))
      if number >= 0 { close(number) }
      throw GalleyError(.missingInput, "can't send a file", at: path, why: why)
    }
    return FileDescriptor(rawValue: number)
  }

  private func absent(_ words: String) -> GalleyError {
    GalleyError(
      .unavailable, "can't run ssh", at: command[0], why: words.onOneLine,
      remedy: "Install OpenSSH's client (apt-get install openssh-client), or name yours in \(Self.variable).")
  }

  private func failure(_ answer: Answer) -> GalleyError {
    ShellFailure(
      answer.errors, destination: destination, asksNothing: asksNothing, wasConnected: connected.withLock { $0 }
    )
    .error
  }
}
