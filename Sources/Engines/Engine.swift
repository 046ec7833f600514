// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import Galley

/// What a user holds: one model, one data set, one workspace. It plans, trains, validates, tests, predicts, exports and
/// measures, by whichever backend takes the work.
///
///     let engine = try Engine(
///       model: ModelSource("mobilenet-v3-small", among: backends), data: DataSource("photos"),
///       workspace: EngineWorkspace("work"), backends: backends)
///     print(try await engine.plan(.train(ChosenOptions())).text)
///     let run = try await engine.train()
///
/// The verbs can't change the model: another model is another engine, which costs nothing.
public struct Engine: Sendable {
  /// The model.
  public let model: ModelSource
  /// The data; `nil` for an engine that only predicts.
  public let data: DataSource?
  /// Where everything is written.
  public let workspace: EngineWorkspace
  /// Who may do the work.
  public let backends: BackendRegistry
  /// The backend that was named; `nil`: the one that suits best.
  public let backend: String?

  let machine: EngineMachine
  let broadcast = EventBroadcast()

  /// Creates an engine. Nothing is read or written yet.
  /// - Throws: `GalleyError` if there is no backend of that name.
  public init(
    model: ModelSource, data: DataSource?, workspace: EngineWorkspace, backends: BackendRegistry,
    backend: String? = nil, machine: EngineMachine = .current
  ) throws(GalleyError) {
    if let backend { _ = try backends.backend(backend) }
    self.model = model
    self.data = data
    self.workspace = workspace
    self.backends = backends
    self.backend = backend
    self.machine = machine
  }

  /// The events of all verbs from now on. Each call gives a stream of its own.
  public var events: AsyncStream<EngineEvent> { broadcast.events }

  /// What a verb would do, every value resolved and explained. Data and model are read, nothing is written.
  /// - Throws: `GalleyError` with the first thing that stands in the way.
  @concurrent
  public func plan(_ work: EngineWork) async throws(GalleyError) -> EnginePlan { try planner.plan(work).plan }

  /// Fits the model's weights to the training items.
  /// - Parameter callback: sees every event, from any thread, and may ask to stop.
  /// - Throws: `GalleyError`; `CancellationError` if the task was cancelled. The run's manifest says so too.
  public func train(
    _ options: ChosenOptions<TrainOptions>, callback: EngineCallback? = nil
  ) async throws -> EngineRun { try await run(.train(options), callback: callback) }

  /// Judges the model on the validation items.
  /// - Throws: as ``train(_:callback:)``.
  public func validate(
    _ options: ChosenOptions<EvaluateOptions>, callback: EngineCallback? = nil
  ) async throws -> EngineRun { try await run(.validate(options), callback: callback) }

  /// Judges the model on the test items.
  /// - Throws: as ``train(_:callback:)``.
  public func test(
    _ options: ChosenOptions<EvaluateOptions>, callback: EngineCallback? = nil
  ) async throws -> EngineRun { try await run(.test(options), callback: callback) }

  /// Writes the model as a package that runtimes execute.
  /// - Throws: as ``train(_:callback:)``.
  public func export(
    _ options: ChosenOptions<ExportOptions>, callback: EngineCallback? = nil
  ) async throws -> EngineRun { try await run(.export(options), callback: callback) }

  /// Measures the model as the backend runs it.
  /// - Throws: as ``train(_:callback:)``.
  public func bench(
    _ options: ChosenOptions<BenchOptions>, callback: EngineCallback? = nil
  ) async throws -> EngineRun { try await run(.bench(options), callback: callback) }

  /// Does a verb.
  /// - Throws: as ``train(_:callback:)``.
  @concurrent
  public func run(_ work: EngineWork, callback: EngineCallback? = nil) async throws -> EngineRun {
    let planned = try planner.plan(work)
    let request = RunRequest(model: model, data: data, backend: backend, work: work)
    return try await RunCourse(planned, request, workspace, broadcast, callback).run()
  }

  var planner: EnginePlanner {
    EnginePlanner(
      model: model, source: data, workspace: workspace.path, registry: backends, backendID: backend, machine: machine)
  }
}

/// What a callback wants after an event.
public enum EngineDirective: Sendable, Hashable {
  /// The work goes on.
  case goOn
  /// The work stops cleanly, as when its task is cancelled; the run ends as cancelled, which is no error.
  case stop
}

/// Sees the events of a verb, from any thread.
public typealias EngineCallback = @Sendable (EngineEvent) -> EngineDirective

/// A run that ended.
public struct EngineRun: Sendable, Hashable, Codable {
  /// Its folder.
  public var folder: String
  /// What it was and how it ended.
  public var manifest: RunManifest
  /// What was planned.
  public var plan: EnginePlan

  /// Where a file lies that the run made: "checkpoint", "model".
  public func path(of file: String) -> String? {
    manifest.files[file].map { $0.path.hasPrefix("/") ? $0.path : "\(folder)/\($0.path)" }
  }
}
