// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Foundation
internal import Galley
internal import Synchronization

/// A backend with its model and the data, and ways to ask it.
struct BackendTrial: Sendable {
  let subject: BackendSubject
  let data: BackendData
  let model: ModelReference

  init(_ subject: BackendSubject) async throws {
    self.subject = subject
    data = try BackendData()
    model = try await subject.model(data)
  }

  var backend: any Backend { subject.backend }

  /// What a request came to.
  struct Outcome {
    var result: VerbResult
    var events: [EngineEvent]
    var folder: String

    /// The lines of the file of answers.
    func answers() throws -> [ItemResult] {
      guard let file = result.files["predictions"] else { throw BackendFailure("there is no file 'predictions'") }
      return try BackendTrial.answers(file.path)
    }
  }

  static func answers(_ path: String) throws -> [ItemResult] {
    try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { line in
      try JSONDecoder().decode(ItemResult.self, from: Data(line.utf8))
    }
  }

  func request(
    _ work: VerbRequest.Work, _ reference: DataReference, task: EngineTask = .classification,
    labels: [String] = BackendData.labels, own: [String: ConfigurationValue] = [:]
  ) throws -> VerbRequest {
    let folder = "\(data.folder)/run-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    return VerbRequest(
      work, model: model, data: reference, task: task, preprocessing: BackendData.preprocessing, labels: labels,
      backendOptions: own, folder: folder)
  }

  func run(_ request: VerbRequest) async throws -> Outcome {
    let events = Mutex<[EngineEvent]>([])
    let result = try await backend.run(
      request, events: EventSink { event in events.withLock { $0.append(event) } })
    return Outcome(result: result, events: events.withLock { $0 }, folder: request.folder)
  }

  func predict(
    _ reference: DataReference? = nil, task: EngineTask = .classification,
    _ change: (inout PredictOptions) -> Void = { _ in }
  ) async throws -> Outcome {
    var options = PredictOptions()
    options.batchSize = 4
    options.threads = 1
    change(&options)
    let reference = try reference ?? data.list(data.unassigned, "to-answer")
    return try await run(try request(.predict(options), reference, task: task))
  }

  func test(
    _ reference: DataReference? = nil, task: EngineTask = .classification, labels: [String] = BackendData.labels,
    _ change: (inout EvaluateOptions) -> Void = { _ in }
  ) async throws -> Outcome {
    var options = EvaluateOptions()
    options.batchSize = 4
    options.threads = 1
    options.resamples = 20
    change(&options)
    return try await run(try request(.test(options), reference ?? data.listing, task: task, labels: labels))
  }

  /// Demands that the backend refuses with an error for people.
  @discardableResult
  func refusal(of what: String, _ body: () async throws -> Outcome) async throws -> GalleyError {
    do {
      _ = try await body()
    } catch let error as GalleyError {
      try demand(!error.what.isEmpty && !error.why.isEmpty, "\(what) was refused without a reason")
      return error
    } catch {
      throw BackendFailure("\(what) gave '\(error)', which is no GalleyError")
    }
    throw BackendFailure("\(what) was accepted")
  }
}

extension ItemResult {
  /// The answer, if there is one.
  var answer: Answer? { if case .ok(let answer) = outcome { answer } else { nil } }
  /// Where it failed, if it did.
  var stage: Stage? { if case .failed(let stage, _) = outcome { stage } else { nil } }
}
