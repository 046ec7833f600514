// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import FoundationEssentials
public import Galley
internal import WorkerProtocol

/// Does an engine's verbs in a registered worker that hosts a backend. Each verb starts a worker of its own.
public struct WorkerBackend: Backend {
  public let descriptor: BackendDescriptor
  public let architectures: [Card]
  private let source: WorkerSource

  /// The backend of a worker; `nil` if it hosts none.
  public init?(_ worker: RegisteredWorker) {
    guard let descriptor = worker.description.backend else { return nil }
    self.descriptor = descriptor
    architectures = worker.cards(.model)
    source = worker.source
  }

  public func match(_ verb: EngineVerb, _ model: ModelReference, task: EngineTask) -> BackendMatch {
    let objections = descriptor.objections(verb, model.form, task)
    guard objections.isEmpty else { return .no(objections) }
    switch model {
    case .architecture(let choice):
      guard architectures.contains(where: { $0.name == choice.name || $0.taxonomy == choice.name }) else {
        return .no(["\(descriptor.id) has no architecture '\(choice.name)'"])
      }
      return .yes(score: 100, reason: "it has the architecture \(choice.name)")
    case .checkpoint:
      guard model.checkpointBackend == descriptor.id else {
        return .no(["the checkpoint doesn't say that \(descriptor.id) wrote it"])
      }
      return .yes(score: 100, reason: "it wrote the checkpoint")
    // Galley's own runtimes come first; a worker's is asked for by name, or takes what they don't.
    case .file: return .yes(score: 5, reason: "it takes \(model.form)")
    }
  }

  public func meaning(of model: ModelReference) throws(GalleyError) -> ModelMeaning? {
    guard case .checkpoint(let path) = model else { return nil }
    let metadata = model.checkpointMetadata
    guard metadata["backend"] == descriptor.id else { return nil }
    func value<Value: Decodable>(_ key: String, _ type: Value.Type) throws(GalleyError) -> Value {
      let text = Data((metadata[key] ?? "").utf8)
      if let value = try? JSONDecoder().decode(type, from: text) { return value }
      throw GalleyError(
        .badData, "can't use the checkpoint", at: path, why: "its metadata has no '\(key)' that can be read",
        remedy: "The backend '\(descriptor.id)' wrote it; correct that.")
    }
    guard let task = EngineTask(rawValue: metadata["task"] ?? "") else {
      throw GalleyError(
        .badData, "can't use the checkpoint", at: path, why: "its metadata has no task that is one",
        remedy: "The backend '\(descriptor.id)' wrote it; correct that.")
    }
    return ModelMeaning(
      task: task, labels: try value("labels", [String].self),
      preprocessing: try value("preprocessing", Preprocessing.self))
  }

  public func availability() -> Availability {
    let path = source.program.path
    return FileManager.default.isReadableFile(atPath: path)
      ? .available(version: descriptor.version.description, library: path)
      : .unavailable(reason: "its file can't be read", searched: [path])
  }

  public func run(_ request: VerbRequest, events: EventSink) async throws -> VerbResult {
    let verb = request.work.verb
    let objections = descriptor.objections(verb, request.model.form, request.task)
    guard objections.isEmpty else {
      throw GalleyError(
        .configuration, "can't \(verb.rawValue) \(request.model.summary)", why: objections.joined(separator: "; "),
        remedy: "Choose another backend, or another form of the model.")
    }
    var settings = WorkerProcess.Settings()
    // What is stopped leaves whole files, which may take it a while.
    settings.cancelTimeout = .seconds(60)
    return try await source.withWorker(settings) { worker in
      try await worker.call(StandardMethod.run, request, returning: VerbResult.self, onEvent: { events.send($0) })
    }
  }
}
