// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
package import Galley
internal import Glibc
internal import Synchronization
package import WorkerProtocol

/// A worker that is asked on the calling thread: what measures an inference must not wait for other threads.
///
/// One request at a time; `cancel` may be called from any thread.
package final class BlockingWorker: Sendable {
  private struct State {
    var lastID = 0
    var lines = LineSplitter()
    /// Lines that came with an earlier one.
    var unread: [LineSplitter.Piece] = []
    var isAlive = true
  }

  private let name: String
  private let process: pid_t
  private let input: CInt
  private let output: CInt
  private let state = Mutex(State())

  /// How long a worker may take to say who it is: Python starts in a moment, on a machine that is busy or has a cold
  /// disk it may take longer.
  package static let patience = Duration.seconds(60)

  /// Starts a worker and waits until it has said who it is.
  /// - Parameter startTimeout: How long that may take.
  /// - Throws: `GalleyError` (`unavailable`) if it doesn't start, or speaks another version of the protocol.
  package init(
    _ launch: PythonLaunch, name: String, startTimeout: Duration = BlockingWorker.patience
  ) throws(GalleyError) {
    // A socket, because writing to one that is closed can be an ordinary failure.
    guard let inputs = DescriptorPair.socket() else { throw Self.noneLeft(name) }
    guard let outputs = DescriptorPair.pipe() else {
      inputs.close()
      throw Self.noneLeft(name)
    }
    let (process, number) = Self.spawn(launch, input: inputs.reader, output: outputs.writer)
    close(inputs.reader)
    close(outputs.writer)
    (self.name, self.process, input, output) = (name, process, inputs.writer, outputs.reader)
    guard number == 0 else {
      state.withLock { $0.isAlive = false }
      throw GalleyError(
        .unavailable, "can't start the worker '\(name)'", at: launch.interpreter.path,
        why: String(cString: strerror(number)))
    }
    do throws(GalleyError) {
      let description = try call(
        StandardMethod.initialize, InitializeParameters(), returning: WorkerDescription.self, within: startTimeout)
      try description.checkVersion(of: name)
    } catch {
      cancel()
      throw error
    }
  }

  deinit {
    close(input)
    close(output)
    guard process > 0 else { return }
    // Its input has ended, and so does it; one that doesn't is not waited for.
    let process = process
    OwnedThread.start {
      var status: CInt = 0
      for _ in 0..<300 {
        guard waitpid(process, &status, WNOHANG) == 0 else { return }
        usleep(10_000)
      }
      kill(process, SIGKILL)
      waitpid(process, &status, 0)
    }
  }

  /// Whether it can still be asked.
  package var isAlive: Bool { state.withLock { $0.isAlive } }

  /// Asks, and waits for the answer.
  /// - Parameter limit: How long the answer may take; by default as long as it likes.
  /// - Throws: `GalleyError`: the worker's, or that it has ended.
  package func call<Result: Decodable>(
    _ method: String, _ parameters: some Encodable, returning type: Result.Type, within limit: Duration? = nil
  ) throws(GalleyError) -> Result {
    try understanding(method) {
      let id = nextID()
      try send(OutgoingMessage.request(id: .number(id), method: method, parameters: parameters))
      let deadline = limit.map { ContinuousClock.now + $0 }
      return try answer(to: id, in: nextLine(deadline), by: deadline).message.result(as: Result.self)
    }
  }

  /// Asks what was asked before, and waits for the answer.
  /// - Parameter last: What was answered last.
  /// - Throws: `GalleyError`: the worker's, or that it has ended.
  package func call<Result: Decodable>(
    _ request: RepeatedRequest, _ last: inout RepeatedResult<Result>
  ) throws(GalleyError) -> Result {
    try understanding(request.method) {
      let id = nextID()
      try send(request.line(id))
      let line = try nextLine(nil)
      if let known = last.result(of: line, id: id) { return known }
      let answer = try answer(to: id, in: line)
      let result = try answer.message.result(as: Result.self)
      last.keep(result, of: answer.line, id: id)
      return result
    }
  }

  /// Ends what runs, and the worker with it: Python can't be stopped within an inference.
  package func cancel() {
    state.withLock { $0.isAlive = false }
    if process > 0 { kill(process, SIGKILL) }
  }

  private func nextID() -> Int {
    state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
  }

  private func understanding<Result>(_ method: String, _ body: () throws -> Result) throws(GalleyError) -> Result {
    do {
      return try body()
    } catch let error as GalleyError {
      throw error
    } catch let error as RPCError {
      throw error.galleyError
        ?? GalleyError(
          .software, "can't understand the worker '\(name)' after '\(method)'", why: error.message,
          remedy: "Correct the worker.")
    } catch {
      throw GalleyError(.software, "can't ask the worker '\(name)' for '\(method)'", why: "\(error)")
    }
  }
}

extension BlockingWorker {
  // MARK: Messages

  /// The answer, which is a line that was read or stands on one behind it.
  private func answer(
    to id: Int, in first: Data, by deadline: ContinuousClock.Instant? = nil
  ) throws -> (message: IncomingMessage, line: Data) {
    var line = first
    while true {
      let message = try understood(line)
      switch message.kind {
      case .result(.number(id)): return (message, line)
      case .failure(.number(id), let error): throw error
      case .failure(.null, let error): throw blamed("it couldn't read a message: \(error.message)")
      case .result(let other), .failure(let other, _):
        // One request runs at a time: whoever goes on to wait here may wait for ever.
        throw blamed("it answered the request \(other), which nobody made")
      case .request(let id, let method):
        let error = RPCError(RPCError.methodNotFound, "a client has no method '\(method)'")
        try send(OutgoingMessage.failure(id: id, error))
      // Progress and the log say nothing that a measurement wants.
      case .notification: break
      }
      line = try nextLine(deadline)
    }
  }

  private func understood(_ line: Data) throws(GalleyError) -> IncomingMessage {
    do throws(RPCError) {
      return try IncomingMessage(line)
    } catch {
      let text = WorkerEnd.quote(String(decoding: line.prefix(400), as: UTF8.self))
      throw blamed("it wrote \(text), where only messages may stand (\(error.message))")
    }
  }

  private func send(_ line: Data) throws(GalleyError) {
    let isWhole = line.withUnsafeBytes { bytes in
      var sent = 0
      while sent < bytes.count {
        let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
        let count = Glibc.send(input, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL))
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        sent += count
      }
      return true
    }
    guard isWhole else { throw blamed("it has ended") }
  }

  private func nextLine(_ deadline: ContinuousClock.Instant?) throws(GalleyError) -> Data {
    while true {
      let next = state.withLock { $0.unread.isEmpty ? nil : $0.unread.removeFirst() }
      switch next {
      case .line(let line)?: return line
      case .tooLong?: throw blamed("it wrote a message without end")
      case nil: try readMore(deadline)
      }
    }
  }

  private func readMore(_ deadline: ContinuousClock.Instant?) throws(GalleyError) {
    if let deadline { try wait(until: deadline) }
    let count = withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { buffer in
      var count = read(output, buffer.baseAddress, buffer.count)
      while count < 0, errno == EINTR { count = read(output, buffer.baseAddress, buffer.count) }
      if count > 0 {
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        state.withLock { state in
          let pieces = state.lines.append(bytes)
          state.unread += pieces
        }
      }
      return count
    }
    guard count > 0 else { throw blamed("it has ended") }
  }

  /// Waits until there is something to read.
  private func wait(until deadline: ContinuousClock.Instant) throws(GalleyError) {
    var set = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
    while true {
      let left = (deadline - ContinuousClock.now).components
      let milliseconds = left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000
      guard milliseconds > 0 else { throw blamed("it doesn't answer") }
      let status = poll(&set, 1, CInt(clamping: milliseconds))
      if status > 0 { return }
      guard status == 0 || errno == EINTR else { throw blamed(String(cString: strerror(errno))) }
    }
  }

  /// The worker can't be used any more: it has ended, or no later byte of it can be trusted.
  private func blamed(_ why: String) -> GalleyError {
    cancel()
    return GalleyError(
      .unavailable, "can't go on with the worker '\(name)'", why: why, remedy: "What it said last is in the log.")
  }

  private static func noneLeft(_ name: String) -> GalleyError {
    GalleyError(
      .tryAgain, "can't start the worker '\(name)'", why: String(cString: strerror(errno)),
      remedy: "Raise the limit of open files (ulimit -n) or run fewer workers at once.")
  }

  private static func spawn(_ launch: PythonLaunch, input: CInt, output: CInt) -> (process: pid_t, error: CInt) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    var variables = ProcessInfo.processInfo.environment
    for (name, value) in launch.environment { variables[name] = value }
    var words = ([launch.interpreter.path] + launch.arguments).map { strdup($0) } + [nil]
    var environment = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + environment { free(text) } }
    var process = pid_t(-1)
    let status = posix_spawn(&process, launch.interpreter.path, &actions, nil, &words, &environment)
    return (status == 0 ? process : -1, status)
  }
}
