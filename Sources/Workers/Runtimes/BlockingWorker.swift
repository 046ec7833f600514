// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
internal import Galley
internal import Glibc
internal import Synchronization
internal import WorkerProtocol

/// A worker that is asked on the calling thread: what measures an inference must not wait for other threads.
///
/// One request at a time; `cancel` may be called from any thread.
final class BlockingWorker: Sendable {
  private struct State {
    var nextID = 1
    var unread: [UInt8] = []
    var isAlive = true
  }

  private let name: String
  private let process: pid_t
  private let input: CInt
  private let output: CInt
  private let state = Mutex(State())
  private static let messageLimit = 64 << 20

  /// Starts a worker and waits until it has said who it is.
  /// - Throws: `GalleyError` (`unavailable`) if it doesn't start.
  init(_ launch: PythonLaunch, name: String) throws(GalleyError) {
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
    _ = try call(StandardMethod.initialize, InitializeParameters(), returning: WorkerDescription.self)
  }

  deinit {
    close(input)
    close(output)
    guard process > 0 else { return }
    // Its input has ended, and so does it; one that doesn't is not waited for.
    let process = process
    OwnedThread.start {
      var status: CInt = 0
      for _ in 0..<300 where waitpid(process, &status, WNOHANG) == 0 { usleep(10_000) }
      kill(process, SIGKILL)
      waitpid(process, &status, 0)
    }
  }

  /// Whether it can still be asked.
  var isAlive: Bool { state.withLock { $0.isAlive } }

  /// Asks, and waits for the answer.
  /// - Throws: `GalleyError`: the worker's, or that it has ended.
  func call<Result: Decodable>(
    _ method: String, _ parameters: some Encodable, returning type: Result.Type
  ) throws(GalleyError) -> Result {
    let id = state.withLock { state in
      defer { state.nextID += 1 }
      return state.nextID
    }
    do {
      try send(OutgoingMessage.request(id: .number(id), method: method, parameters: parameters))
      return try answer(to: .number(id)).result(as: Result.self)
    } catch let error as GalleyError {
      throw error
    } catch let error as RPCError {
      throw error.galleyError
        ?? GalleyError(
          .software, "can't understand the worker '\(name)' after '\(method)'", why: error.message)
    } catch {
      throw GalleyError(.software, "can't ask the worker '\(name)' for '\(method)'", why: "\(error)")
    }
  }

  /// Ends what runs, and the worker with it: Python can't be stopped within an inference.
  func cancel() {
    state.withLock { $0.isAlive = false }
    kill(process, SIGKILL)
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
    guard isWhole else { throw ended() }
  }

  private func answer(to id: RequestID) throws -> IncomingMessage {
    while true {
      let message = try IncomingMessage(nextLine())
      switch message.kind {
      case .result(let answered) where answered == id: return message
      case .failure(let answered, let error) where answered == id: throw error
      // Progress and the log say nothing that a measurement wants.
      default: continue
      }
    }
  }

  private func nextLine() throws(GalleyError) -> Data {
    var line = state.withLock { state in
      defer { state.unread = [] }
      return state.unread
    }
    var searched = 0
    while true {
      if let end = line[searched...].firstIndex(of: UInt8(ascii: "\n")) {
        let rest = Array(line[(end + 1)...])
        state.withLock { $0.unread = rest }
        return Data(line[..<end])
      }
      searched = line.count
      guard line.count <= Self.messageLimit else { throw ended("it wrote a message without end") }
      let piece = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, filled in
        var count = read(output, buffer.baseAddress, buffer.count)
        while count < 0, errno == EINTR { count = read(output, buffer.baseAddress, buffer.count) }
        filled = max(0, count)
      }
      guard !piece.isEmpty else { throw ended() }
      line += piece
    }
  }

  private func ended(_ why: String = "it has ended") -> GalleyError {
    state.withLock { $0.isAlive = false }
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
