// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Galley
internal import JSONStream
public import WorkerProtocol

/// An adapter in a child process, usually a class in a Python file: its functions are called over the worker protocol,
/// and images lie in memory that both processes see.
///
/// ```swift
/// let adapter = try await PythonAdapter.start(
///   HostProgram(executable: WorkerProcess.ownExecutable(), arguments: ["worker", "python", "adapter.py"]))
/// let model = AdaptedModel("net", in: store, adapter: adapter)
/// …
/// await adapter.stop()
/// ```
///
/// A worker that dies or hangs is lost with the batch that it was given; the next call starts it anew and loads the
/// model again. What a lost worker had learnt and not saved can't be brought back: then only another `load` helps.
public actor PythonAdapter {
  /// What the worker says of the adapter.
  public nonisolated let card: AdapterCard
  /// The functions that the user wrote.
  public nonisolated let functions: Set<AdapterFunction>
  private let command: HostProgram
  private let settings: WorkerProcess.Settings
  private var worker: WorkerProcess?
  /// What was loaded last; loaded again into a worker that took the place of a lost one.
  private var loaded: (folder: String, model: AdapterModel)?
  /// Whether the worker has learnt, or begun to learn, what it hasn't saved yet.
  private var holdsUnsaved = false
  private let memory: SharedMemory

  /// Starts a worker and asks what it hosts.
  /// - Parameters:
  ///   - command: How it is started.
  ///   - onLog: Called with each line that the worker writes for people; it must return soon.
  ///   - patience: How long the adapter's file may take to be imported.
  /// - Throws: `GalleyError` if it can't be started, its file can't be imported, or it hosts no adapter.
  public static func start(
    _ command: HostProgram, onLog: (@Sendable (WorkerLogLine) -> Void)? = nil, patience: Duration = .seconds(600)
  ) async throws -> PythonAdapter {
    var settings = WorkerProcess.Settings(onLog: onLog)
    settings.startTimeout = .seconds(60)
    let worker = try await launch(command, settings)
    do {
      let described: HostedAdapter = try await worker.call(StandardMethod.describe, Nothing(), deadline: patience)
      guard let adapter = described.adapter else {
        throw GalleyError(
          .badData, "can't use the worker '\(worker.description.name)' as an adapter", why: "it hosts none",
          remedy: "Write a class that derives from galley.ModelAdapter.")
      }
      return try PythonAdapter(adapter, command, settings, worker)
    } catch {
      await worker.stop()
      throw error
    }
  }

  private init(
    _ hosted: HostedAdapter.Adapter, _ command: HostProgram, _ settings: WorkerProcess.Settings,
    _ worker: WorkerProcess
  ) throws {
    card = hosted.card
    functions = hosted.functions
    self.command = command
    self.settings = settings
    self.worker = worker
    memory = try SharedMemory()
  }

  /// Ends the worker. Returns when the process is gone.
  public func stop() async {
    await worker?.stop()
    worker = nil
  }

  /// The worker's process id; `nil` if there is none now.
  public var processID: Int32? { worker?.processID }

  private static func launch(
    _ command: HostProgram, _ settings: WorkerProcess.Settings
  ) async throws(GalleyError) -> WorkerProcess {
    try await WorkerProcess.start(
      executable: command.executable, arguments: command.arguments, name: command.name,
      environment: command.environment, settings: settings)
  }

  // MARK: Calls

  /// The worker; a lost one is started anew, and gets the model back.
  /// - Throws: `AdapterEnded` if that can't be done, or what was lost with it is more than what was loaded.
  private func connected() async throws -> WorkerProcess {
    if let worker, worker.processID != nil { return worker }
    worker = nil
    guard !holdsUnsaved else { throw AdapterEnded(unsaved) }
    do {
      let started = try await Self.launch(command, settings)
      do {
        if let loaded { _ = try await started.call("adapter.load", json: Self.parameters(loaded.folder, loaded.model)) }
      } catch {
        // Without its model it is of no use to the next call either.
        await started.stop()
        throw error
      }
      worker = started
      return started
    } catch let error as GalleyError {
      throw AdapterEnded(error)
    }
  }

  private var unsaved: GalleyError {
    GalleyError(
      .unavailable, "can't go on with the adapter '\(card.name)'",
      why: "its process was lost after it had begun to learn, and what it learnt wasn't saved yet",
      remedy: "Train the model again; the log says what became of the process.")
  }

  /// Calls a method.
  /// - Throws: What the worker answers; `AdapterLost` if it is gone.
  private func call(
    _ method: String, _ parameters: [UInt8], onProgress: (@Sendable (WorkerProgress) -> Void)? = nil
  ) async throws -> AdapterAnswers {
    let worker = try await connected()
    do {
      let line = try await worker.call(method, json: parameters, onProgress: onProgress)
      return try AdapterAnswers(line, worker: worker.description.name, method: method)
    } catch let error as GalleyError where worker.processID == nil {
      self.worker = nil
      throw AdapterLost(error)
    }
  }

  private static func parameters(_ folder: String, _ model: AdapterModel) -> [UInt8] {
    AdapterMessages.parameters { json in
      AdapterMessages.text("folder", folder, to: &json)
      AdapterMessages.model(model, to: &json)
    }
  }

  private func ask(_ method: String, _ batch: AdapterBatch) async throws -> AdapterAnswers {
    let isShared = batch.prepared.contains { $0 != .file }
    let block = isShared ? try TensorBlock.write(batch, to: memory) : nil
    return try await call(
      method,
      AdapterMessages.parameters { json in
        AdapterMessages.items(batch.items, to: &json)
        guard let block else { return }
        json.key("batch")
        block.write(to: &json)
      })
  }
}

extension PythonAdapter: TrainableAdapter, ReasonedEmbedding, EvaluatingAdapter {
  /// An image is decoded here, in threads; what the user's own `prepareItem` makes, and anything else, is the worker's
  /// affair.
  public nonisolated func prepareItem(_ item: AdapterItem) throws -> PreparedItem {
    guard card.inputType == .image, !functions.contains(.prepareItem) else { return .file }
    return try PreparedItem(reading: item, as: .image)
  }

  public func load(_ folder: String, for model: AdapterModel) async throws -> AdapterChange {
    (loaded, holdsUnsaved) = (nil, false)
    let change = try await call("adapter.load", Self.parameters(folder, model)).change()
    loaded = (folder, model)
    return change
  }

  public func predict(_ batch: AdapterBatch) async throws -> [AdapterPrediction] {
    try await ask("adapter.predict", batch).predictions(batch.items)
  }

  public func embed(_ batch: AdapterBatch) async throws -> [[Float]] {
    try await embeddings(batch).map { if case .value(let vector) = $0 { vector } else { [] } }
  }

  func embeddings(_ batch: AdapterBatch) async throws -> [BatchAnswer<[Float]>] {
    try await ask("adapter.embed", batch).vectors()
  }

  public func convert(_ data: String) async throws {
    guard functions.contains(.convert) else { return }
    _ = try await call(
      "adapter.convert", AdapterMessages.parameters { AdapterMessages.text("data", data, to: &$0) })
  }

  public func train(_ training: AdapterTraining) async throws -> AdapterTrainingOutcome {
    let parameters = AdapterMessages.parameters { json in
      AdapterMessages.text("data", training.data, to: &json)
      AdapterMessages.text("output", training.output, to: &json)
      AdapterMessages.model(training.model, to: &json)
    }
    // From the first step on the loaded files no longer say what the worker holds.
    holdsUnsaved = true
    let answers = try await call("adapter.train", parameters) { progress in
      guard progress.stage == "training", progress.unit == "epochs" || progress.unit.isEmpty else { return }
      training.report(
        AdapterEpoch(finished: progress.completed, total: progress.total, metrics: progress.metrics))
    }
    return AdapterTrainingOutcome(figures: try answers.figures(), samples: try answers.samples())
  }

  public func save(to folder: String) async throws -> AdapterChange {
    let change = try await call(
      "adapter.save", AdapterMessages.parameters { AdapterMessages.text("folder", folder, to: &$0) }
    ).change()
    // The files that were loaded are former ones now, unless nothing was learnt in between.
    if holdsUnsaved { (loaded, holdsUnsaved) = (nil, false) }
    return change
  }

  public func evaluate(_ items: [EvaluatedPredictions]) async throws -> [String: Double] {
    let parameters = AdapterMessages.parameters { json in
      AdapterMessages.items(items.map(\.item), to: &json)
      AdapterMessages.annotations("groundTruth", items, \.groundTruth, to: &json)
      AdapterMessages.annotations("predictions", items, \.predictions, to: &json)
    }
    return try await call("adapter.evaluate", parameters).figures()
  }
}

/// What a worker's description says of an adapter.
private struct HostedAdapter: Decodable, Sendable {
  struct Adapter: Decodable, Sendable {
    var card: AdapterCard
    var functions: Set<AdapterFunction>

    private enum Key: String, CodingKey { case functions }

    init(from decoder: any Decoder) throws {
      card = try AdapterCard(from: decoder)
      let words = try decoder.container(keyedBy: Key.self).decodeIfPresent([String].self, forKey: .functions) ?? []
      functions = Set(words.compactMap { AdapterFunction(rawValue: $0) })
    }
  }

  var adapter: Adapter?
}
