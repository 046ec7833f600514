// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

internal import Glibc
internal import Subprocess
internal import SystemPackage

/// A worker in a child process, seen from the client.
///
/// ```swift
/// let worker = try await WorkerProcess.start(
///   executable: WorkerProcess.ownExecutable(), arguments: ["worker", "torch"])
/// let result = try await worker.call("train", parameters, returning: TrainResult.self)
/// await worker.stop()
/// ```
///
/// Cancelling the calling task cancels the request; a worker that doesn't heed it is killed. A worker that is let go of
/// without `stop()` is stopped too. Whatever happens to this process, the worker ends with it.
public final class WorkerProcess: Sendable {
  /// How a worker is watched.
  public struct Settings: Sendable {
    /// Called with each report of progress, in their order and before the answer; it must return soon.
    public var onProgress: (@Sendable (WorkerProgress) -> Void)?
    /// Called with each line of the worker's log and of its standard error (as `info`); it must return soon.
    public var onLog: (@Sendable (WorkerLogLine) -> Void)?
    /// How long the worker may take to say who it is.
    public var startTimeout: Duration = .seconds(10)
    /// How long a cancelled request may go on before the worker is killed.
    public var cancelTimeout: Duration = .seconds(5)
    /// How long `stop()` waits before SIGTERM, and again before SIGKILL.
    public var stopTimeout: Duration = .seconds(3)
    /// How long a worker that has closed its output may take to end by itself, which tells more than a signal.
    var endTimeout: Duration = .seconds(30)
    /// Longest message that is read, in bytes.
    public var messageLimit = 64 << 20

    /// Creates the defaults.
    public init(
      onProgress: (@Sendable (WorkerProgress) -> Void)? = nil, onLog: (@Sendable (WorkerLogLine) -> Void)? = nil
    ) {
      self.onProgress = onProgress
      self.onLog = onLog
    }
  }

  /// What the worker says of itself.
  public let description: WorkerDescription
  private let connection: WorkerConnection
  private let meter: WorkerMemoryMeter?

  private init(_ connection: WorkerConnection, _ description: WorkerDescription) {
    self.connection = connection
    self.description = description
    meter = WorkerMemoryMeter.current
    meter?.started(connection.processID)
  }

  deinit {
    let connection = connection
    connection.askToEnd()
    Task.detached { try await connection.enforceEnd() }
  }

  /// Starts a worker and waits until it has said who it is.
  /// - Parameters:
  ///   - executable: A path, or a name that is looked for in `PATH`.
  ///   - arguments: Its arguments, without its name.
  ///   - name: The worker's name in messages; by default the arguments' last word or the executable.
  ///   - environment: Variables that are added to those of this process; `nil` removes one.
  ///   - settings: How it is watched.
  /// - Throws: `GalleyError` if it can't be started, doesn't answer in time, or speaks another version of the protocol.
  public static func start(
    executable: String, arguments: [String], name: String? = nil, environment: [String: String?] = [:],
    settings: Settings = Settings()
  ) async throws(GalleyError) -> WorkerProcess {
    let name = name ?? arguments.last ?? executable
    guard let (streams, ends) = ChildStreams.open() else {
      throw GalleyError(
        .tryAgain, "can't start the worker '\(name)'", why: String(cString: strerror(errno)),
        remedy: "Raise the limit of open files (ulimit -n) or run fewer workers at once.")
    }
    let connection = WorkerConnection(name: name, settings: settings, streams: streams)
    connection.start()
    run(executable, arguments, environment, ends, connection)
    do {
      let answer = try await connection.call(
        StandardMethod.initialize, onProgress: nil, deadline: settings.startTimeout
      ) { try OutgoingMessage.request(id: $0, method: StandardMethod.initialize, parameters: InitializeParameters()) }
      let description = try answer.result(as: WorkerDescription.self)
      try description.checkVersion(of: name)
      await connection.waitForStart()
      return WorkerProcess(connection, description)
    } catch {
      connection.askToEnd()
      connection.kill(SIGKILL)
      throw understand(error, "start", name)
    }
  }

  /// Sends a request and waits for its result.
  /// - Parameters:
  ///   - method: The method's name.
  ///   - parameters: Its parameters; a JSON object or array.
  ///   - type: The type of the result.
  ///   - deadline: How long it may take; then it is cancelled, and the worker killed if it doesn't heed that.
  ///   - onProgress: Called with this request's progress, besides the one in the settings.
  ///   - onEvent: Called with this request's events, in their order and before the answer; it must return soon.
  /// - Throws: `CancellationError` if the calling task was cancelled; the `GalleyError` of the worker, or one that says
  ///   how the worker failed.
  public func call<Parameters: Encodable & Sendable, Result: Decodable & Sendable>(
    _ method: String, _ parameters: Parameters, returning type: Result.Type = Result.self, deadline: Duration? = nil,
    onProgress: (@Sendable (WorkerProgress) -> Void)? = nil, onEvent: (@Sendable (EngineEvent) -> Void)? = nil
  ) async throws -> Result {
    try await understanding(method) {
      let answer = try await connection.call(method, onProgress: onProgress, onEvent: onEvent, deadline: deadline) {
        try OutgoingMessage.request(id: $0, method: method, parameters: parameters)
      }
      return try answer.result(as: Result.self)
    }
  }

  /// Sends a request whose parameters are JSON already, and gives the bytes of the whole answer, for messages that are
  /// written and read often.
  /// - Parameter parameters: One JSON object or array, without line feeds.
  /// - Throws: As the method above.
  package func call(
    _ method: String, json parameters: [UInt8], onProgress: (@Sendable (WorkerProgress) -> Void)? = nil
  ) async throws -> [UInt8] {
    try await understanding(method) {
      let answer = try await connection.call(method, onProgress: onProgress, deadline: nil) {
        try OutgoingMessage.request(id: $0, method: method, json: parameters)
      }
      return answer.bytes
    }
  }

  private func understanding<Result>(_ method: String, _ body: () async throws -> Result) async throws -> Result {
    try Task.checkCancellation()
    do {
      return try await body()
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      throw Self.understand(error, method, connection.name)
    }
  }

  /// What the worker says of itself with the details that cost something to find.
  /// - Throws: `GalleyError` if it doesn't answer within ten seconds or can't find them.
  public func describe(deadline: Duration = .seconds(10)) async throws -> WorkerDescription {
    try await call(StandardMethod.describe, Nothing(), deadline: deadline)
  }

  /// The worker's process id; `nil` after it has ended.
  public var processID: Int32? { connection.processID }

  /// Ends the worker and what it started at once; requests under way fail.
  package func kill() { connection.kill(SIGKILL) }

  /// Ends the worker: it is asked first, then told by SIGTERM, then killed. Returns when the process is gone.
  public func stop() async {
    meter?.ending(connection.processID)
    connection.askToEnd()
    let connection = connection
    let force = Task.detached { try await connection.enforceEnd() }
    await connection.waitForEnd()
    force.cancel()
  }

  /// Lets `body` use the worker, and ends it whatever happens.
  /// - Throws: What `body` throws.
  public func used<Result: Sendable>(
    by body: @Sendable (WorkerProcess) async throws -> Result
  ) async throws -> Result {
    do {
      let result = try await body(self)
      await stop()
      return result
    } catch {
      await stop()
      throw error
    }
  }

  /// The path of the program that is running.
  public static func ownExecutable() -> String {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
    guard count > 0 else { return "/proc/self/exe" }
    return String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

extension WorkerProcess {
  /// Runs the process in a task of its own, because `Subprocess.run` lasts as long as the process does.
  private static func run(
    _ executable: String, _ arguments: [String], _ environment: [String: String?], _ ends: ChildStreams.ChildEnds,
    _ connection: WorkerConnection
  ) {
    // Subprocess starts every child from one thread that lives as long as this process.
    let parent: [String: String?] = [WorkerStreams.parentVariable: "\(getpid())"]
    var options = PlatformOptions()
    // Ctrl-C in a terminal is for the client, which then cancels in an orderly way.
    options.processGroupID = 0
    let configuration = Configuration(
      executable: executable.contains("/") ? .path(FilePath(executable)) : .name(executable),
      arguments: Arguments(arguments), environment: .inherit.changed(by: environment.merging(parent) { $1 }),
      platformOptions: options)
    Task.detached {
      do {
        let result = try await Subprocess.run(
          configuration, input: .fileDescriptor(FileDescriptor(rawValue: ends.input), closeAfterSpawningProcess: true),
          output: .fileDescriptor(FileDescriptor(rawValue: ends.output), closeAfterSpawningProcess: true),
          error: .fileDescriptor(FileDescriptor(rawValue: ends.error), closeAfterSpawningProcess: true)
        ) { execution in
          connection.started(execution.processIdentifier.value)
        }
        switch result.terminationStatus {
        case .exited(let code): connection.ended(.exited(code))
        case .signaled(let number): connection.ended(.signaled(number))
        }
      } catch {
        connection.ended(.notStarted(reason: "\(error)"))
      }
    }
  }

  private static func understand(_ error: any Error, _ method: String, _ name: String) -> GalleyError {
    switch error {
    case let error as GalleyError: error
    case is CancellationError: GalleyError(.interrupted, "can't use the worker '\(name)'", why: "it was cancelled")
    case let error as RPCError:
      GalleyError(.software, "can't understand the worker '\(name)' after '\(method)'", why: error.message)
    default: GalleyError(.software, "can't ask the worker '\(name)' for '\(method)'", why: "\(error)")
    }
  }
}
