// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Measuring
internal import Synchronization

/// The course of one run: what was planned is written down, then done, and how it ended is written down, on any exit.
struct RunCourse: Sendable {
  private let planned: PlannedWork
  private let request: RunRequest
  private let workspace: EngineWorkspace
  private let broadcast: EventBroadcast
  private let callback: EngineCallback?

  init(
    _ planned: PlannedWork, _ request: RunRequest, _ workspace: EngineWorkspace, _ broadcast: EventBroadcast,
    _ callback: EngineCallback?
  ) {
    self.planned = planned
    self.request = request
    self.workspace = workspace
    self.broadcast = broadcast
    self.callback = callback
  }

  /// Does the work.
  /// - Throws: what the backend throws, once the manifest says how the run ended.
  func run() async throws -> EngineRun {
    try checkAvailability()
    // Runs of processes that died are noted as failed before another begins.
    _ = workspace.runs()
    let started = Self.now()
    let folder = try RunFolder(workspace, planned.plan.verb, startedAt: started)
    var manifest = try begin(folder, started)
    let log = try EventLog("\(folder.path)/events.jsonl")
    let ending = await outcome(in: folder, log)
    manifest.ended = Self.now()
    if let gap = log.close() { manifest.notes.append(gap) }
    ending.note(in: &manifest, folder)
    try manifest.write(in: folder.path)
    if manifest.status == .succeeded { try folder.becomeLatest() }
    if case .failed(let error) = ending { throw error }
    if case .cancelled(asked: false) = ending { throw CancellationError() }
    return EngineRun(folder: folder.path, manifest: manifest, plan: planned.plan)
  }

  private func begin(_ folder: RunFolder, _ started: Double) throws(GalleyError) -> RunManifest {
    let manifest = RunManifest(
      id: folder.id, verb: planned.plan.verb, status: .running, started: started, process: .current(),
      model: RunManifest.Model(summary: planned.plan.model.summary, digest: try planned.plan.model.identity()),
      data: planned.plan.data, options: try RunFolder.write(request, "\(folder.path)/options.json"),
      plan: try RunFolder.write(planned.plan, "\(folder.path)/plan.json"), seeds: planned.plan.seeds,
      backend: "\(planned.plan.backend.id) \(planned.plan.backend.version)",
      tools: ["galley": galleyVersion.description],
      environment: EnvironmentReader().record(galleyVersion: galleyVersion.description), files: [:], figures: [:],
      itemCounts: VerbResult.ItemCounts(), notes: planned.plan.warnings)
    try manifest.write(in: folder.path)
    return manifest
  }

  private func outcome(in folder: RunFolder, _ log: EventLog) async -> RunEnding {
    let account = planned.plan.verb == .predict ? ItemAccount(planned.data.ids) : nil
    let stop = StopRequest()
    let sink = EventSink { event in
      // How a run ended is said once, by the engine.
      if case .finished = event { return }
      if case .item(let result) = event, let account, !account.note(result) { return }
      tell(event, log, stop)
    }
    for warning in planned.plan.warnings { tell(.warning(warning), log, stop) }
    let ending: RunEnding
    do {
      var result = try await work(in: folder, sink, stop)
      if let account {
        for missing in account.missing() { sink.send(.item(missing)) }
        result.itemCounts = try account.close()
        if result.itemCounts.failed > 0, result.status == .succeeded { result.status = .partial }
      }
      ending = .finished(result)
    } catch is CancellationError {
      ending = .cancelled(asked: stop.wasAsked)
    } catch let error as GalleyError {
      ending = error.exitCode == .interrupted ? .cancelled(asked: stop.wasAsked) : .failed(error)
    } catch {
      ending = .failed(
        GalleyError(.software, "can't \(planned.plan.verb.rawValue)", at: planned.plan.backend.id, why: "\(error)"))
    }
    tell(.finished(ending.status), log, stop)
    return ending
  }

  private func tell(_ event: EngineEvent, _ log: EventLog, _ stop: StopRequest) {
    log.append(event)
    broadcast.send(event)
    if callback?(event) == .stop { stop.ask() }
  }

  private func work(in folder: RunFolder, _ sink: EventSink, _ stop: StopRequest) async throws -> VerbResult {
    try Task.checkCancellation()
    let data = try planned.data.write(to: planned.dataFile, planned.plan.data.file)
    let plan = planned.plan
    let request = VerbRequest(
      try planned.work.resuming(in: workspace), model: plan.model, data: data, task: plan.task,
      preprocessing: plan.preprocessing, labels: plan.labels, backendOptions: planned.backendOptions,
      folder: folder.outputs)
    let backend = planned.backend
    let task = Task { try await backend.run(request, events: sink) }
    stop.onAsked { task.cancel() }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: {
      task.cancel()
    }
  }

  private func checkAvailability() throws(GalleyError) {
    guard case .unavailable(let reason, let searched) = planned.backend.availability() else { return }
    throw GalleyError(
      .unavailable, "can't \(planned.plan.verb.rawValue) with the backend '\(planned.plan.backend.id)'", why: reason,
      remedy: (searched.isEmpty ? "" : "It was looked for in \(searched.joined(separator: ", ")). ")
        + "galley doctor says how to get it.")
  }

  private static func now() -> Double { Date().timeIntervalSince1970 }
}

/// Whether a callback asked to stop, and what then happens.
private final class StopRequest: Sendable {
  private struct State {
    var wasAsked = false
    var action: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  var wasAsked: Bool { state.withLock(\.wasAsked) }

  func ask() {
    let action = state.withLock { state in
      state.wasAsked = true
      return state.action
    }
    action?()
  }

  func onAsked(_ action: @escaping @Sendable () -> Void) {
    let isLate = state.withLock { state in
      state.action = action
      return state.wasAsked
    }
    if isLate { action() }
  }
}

/// How the work of a run ended.
private enum RunEnding {
  case finished(VerbResult)
  case cancelled(asked: Bool)
  case failed(GalleyError)

  var status: RunStatus {
    switch self {
    case .finished(let result): result.status
    case .cancelled: .cancelled
    case .failed: .failed
    }
  }

  func note(in manifest: inout RunManifest, _ folder: RunFolder) {
    switch self {
    case .finished(let result):
      manifest.status = RunManifest.Status(rawValue: result.status.rawValue) ?? .failed
      manifest.exitCode = result.status == .partial ? .partial : .success
      manifest.files = folder.relative(result.files)
      manifest.figures = result.figures
      manifest.itemCounts = result.itemCounts
      manifest.tools.merge(result.tools) { $1 }
      manifest.notes += result.notes
    case .cancelled(let asked):
      manifest.status = .cancelled
      manifest.reason = asked ? "a callback asked to stop" : "it was stopped"
      manifest.exitCode = .interrupted
    case .failed(let error):
      manifest.status = .failed
      manifest.reason = error.description
      manifest.exitCode = error.exitCode
    }
  }
}
