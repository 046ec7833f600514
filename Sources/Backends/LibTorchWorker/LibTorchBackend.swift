// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley
public import Targets
public import WorkerProtocol

internal import NativeLibraries

/// Does an engine's verbs with LibTorch in a child process, so that a crash or an exhausted memory costs one run, and
/// nothing else loads LibTorch.
///
/// Each verb starts a worker of its own and ends it, unless ``keepingWorker()`` was asked for. Cancelling the calling task stops it: a training leaves its state,
/// from which it goes on with the option `resume`.
public struct LibTorchBackend: Backend {
  /// The program that hosts the worker.
  public var executable: String
  /// Its arguments.
  public var arguments: [String]
  /// Variables that are added to the worker's environment; `nil` removes one.
  public var environment: [String: String?]
  /// Called with each line of the worker's log.
  public var onLog: (@Sendable (WorkerLogLine) -> Void)?
  /// What measures: a program whose measuring process offers ``LibTorchRuntime``.
  public var target = LocalTarget()
  /// The worker that all requests share; `nil` gives each its own.
  private var kept: KeptWorker?

  /// Describes how the worker is started: by default, as this very program.
  public init(
    executable: String = WorkerProcess.ownExecutable(), arguments: [String] = ["worker", "torch"],
    environment: [String: String?] = [:], onLog: (@Sendable (WorkerLogLine) -> Void)? = nil
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.onLog = onLog
  }

  public var descriptor: BackendDescriptor { Self.descriptor }
  public var architectures: [Card] { TorchHost.architectures.entries.map(\.card) }

  public func match(_ verb: EngineVerb, _ model: ModelReference, task: EngineTask) -> BackendMatch {
    let objections = Self.descriptor.objections(verb, model.form, task)
    guard objections.isEmpty else { return .no(objections) }
    guard case .architecture(let choice) = model else {
      if let other = model.checkpointBackend, other != Self.descriptor.id {
        return .no(["the backend '\(other)' wrote the checkpoint"])
      }
      return .yes(score: 100, reason: "it trained the checkpoint")
    }
    guard TorchHost.architectures.entry(named: choice.name) != nil else {
      let names = architectures.map(\.name)
      let guess = NearestName.match(choice.name, in: names).map { "; did you mean \($0)?" } ?? ""
      return .no(["libtorch has no architecture '\(choice.name)'\(guess)"])
    }
    return .yes(score: 100, reason: "it has the architecture \(choice.name)")
  }

  public func meaning(of model: ModelReference) throws(GalleyError) -> ModelMeaning? {
    guard case .checkpoint(let path) = model, model.checkpointBackend ?? Self.descriptor.id == Self.descriptor.id else {
      return nil
    }
    let checkpoint = try Checkpoint(contentsOf: path)
    return ModelMeaning(
      task: checkpoint.task, labels: checkpoint.labels, preprocessing: checkpoint.preprocessing,
      architecture: checkpoint.architecture)
  }

  public func availability() -> Availability {
    do throws(NativeLibraryError) {
      let located = try NativeLibraryLocator().locate(.galleyTorch)
      return .available(version: located.version ?? "unknown", library: located.path)
    } catch {
      return .unavailable(reason: "\(error.failure): \(error.reason)", searched: error.path.map { [$0] } ?? [])
    }
  }

  public func run(_ request: VerbRequest, events: EventSink) async throws -> VerbResult {
    try Self.checkOptions(request)
    if case .export(let options) = request.work { return try await export(request, options, events: events) }
    if case .bench(let options) = request.work { return try await bench(request, options, events: events) }
    let (request, notes) = try await MemoryFit(backend: self, request: request, events: events).fitted()
    var result = try await runOnce(request, events: events)
    result.notes = notes + result.notes
    return result
  }

  /// Does a verb in a worker of its own, as it is.
  func runOnce(_ request: VerbRequest, events: EventSink) async throws -> VerbResult {
    do {
      return try await withWorker(events) { worker in
        try await worker.call(
          StandardMethod.run, request, returning: VerbResult.self, onEvent: { events.send($0) })
      }
    } catch var error as GalleyError
      where error.exitCode == .tryAgain && request.work.verb == .train && TrainingState.exists(inFolder: request.folder)
    {
      error.remedy =
        [
          error.remedy, "The option memoryBudget makes the batch fit.",
          "The run's state is in \(request.folder): with the same batch, train with resume to go on from there.",
        ].compactMap { $0 }.joined(separator: " ")
      throw error
    }
  }

  /// The same backend with one worker for all requests, which do their work one after another: many small ones cost
  /// less time to do than LibTorch takes to open. ``endWorker()`` ends it.
  public func keepingWorker() -> LibTorchBackend {
    var backend = self
    backend.kept = KeptWorker()
    return backend
  }

  /// Ends the worker that was kept, if there is one.
  public func endWorker() async { await kept?.stop() }

  /// What the worker says of itself, with `libtorch` (the version) and `shim` (the path) among the details.
  /// - Throws: `GalleyError` if LibTorch can't be opened; it says where it was looked for.
  public func describe() async throws -> WorkerDescription {
    // From a cold disk LibTorch's 450 MB take their time.
    try await withWorker { try await $0.describe(deadline: .seconds(120)) }
  }

  /// LibTorch's version, such as "2.13.0".
  /// - Throws: `GalleyError` if LibTorch can't be opened; it says where it was looked for.
  public func version() async throws -> String {
    try await describe().details?["libtorch"] ?? "unknown"
  }

  /// - Parameter events: Where LibTorch's warnings go, besides the log.
  private func withWorker<Result: Sendable>(
    _ events: EventSink? = nil, _ body: @Sendable (WorkerProcess) async throws -> Result
  ) async throws -> Result {
    let warnings = LibTorchWarnings()
    let hear: @Sendable (WorkerLogLine) -> Void = { [onLog] line in
      onLog?(line)
      if let events, let warning = warnings.fresh(in: line.message) { events.send(.warning(warning)) }
    }
    if let kept { return try await kept.use(onLog: hear, start: start, body) }
    return try await start(hear).used(by: body)
  }

  private func start(_ onLog: @escaping @Sendable (WorkerLogLine) -> Void) async throws -> WorkerProcess {
    var settings = WorkerProcess.Settings(onLog: onLog)
    // A cancelled training ends its step and writes its state, which may be some hundred megabytes.
    settings.cancelTimeout = .seconds(60)
    return try await WorkerProcess.start(
      executable: executable, arguments: arguments, name: LibTorchWorker.name, environment: environment,
      settings: settings)
  }
}
