// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import FoundationEssentials
internal import Galley
internal import Measuring
internal import TargetProtocol
internal import WorkerProtocol

/// The methods of a measuring process: paths are swapped, the process is asked, its answer goes on.
extension ServedSession {
  /// The methods of a measuring process.
  static let measuringMethods = [
    TargetMethod.openData, TargetMethod.openImages, TargetMethod.openSamples, TargetMethod.load,
    TargetMethod.firstInference, TargetMethod.warmUp, TargetMethod.block, TargetMethod.throughput, TargetMethod.profile,
    TargetMethod.predict, TargetMethod.writeOutputs, TargetMethod.observeRanges, TargetMethod.resources,
    TargetMethod.environment, TargetMethod.observe, TargetMethod.runtime,
  ]

  func measure(_ request: RequestMessage, _ stream: UInt32) throws(RequestFailure) {
    switch request.method {
    case TargetMethod.openData: try openData(request, stream)
    case TargetMethod.openImages: try openImages(request, stream)
    case TargetMethod.openSamples: try openSamples(request, stream)
    case TargetMethod.load: try load(request, stream)
    case TargetMethod.firstInference: try pass(request, stream, NoParameters.self, FirstInferenceResult.self)
    case TargetMethod.warmUp: try pass(request, stream, WarmUpParameters.self, WarmUpResult.self)
    case TargetMethod.block: try pass(request, stream, BlockParameters.self, BlockResult.self)
    case TargetMethod.throughput: try pass(request, stream, ThroughputParameters.self, ThroughputRecord.self)
    case TargetMethod.profile: try pass(request, stream, ProfileParameters.self, ProfileResult.self)
    case TargetMethod.predict: try pass(request, stream, PredictParameters.self, PredictResult.self)
    case TargetMethod.writeOutputs: try writeOutputs(request, stream)
    case TargetMethod.observeRanges: try pass(request, stream, ObserveRangesParameters.self, ObserveRangesResult.self)
    case TargetMethod.resources: try pass(request, stream, NoParameters.self, ResourceReport.self)
    case TargetMethod.environment: try pass(request, stream, NoParameters.self, EnvironmentRecord.self)
    case TargetMethod.observe: try pass(request, stream, NoParameters.self, MachineObservation.self)
    case TargetMethod.runtime: try pass(request, stream, NoParameters.self, RuntimeRecord.self)
    default: throw Self.unknown(request.method)
    }
  }

  private static func unknown(_ method: String) -> RequestFailure {
    let guess = NearestName.match(method, in: ownMethods + measuringMethods).map { "Did you mean '\($0)'?" }
    return RequestFailure(
      .unknownMethod, exitCode: .usage, what: "can't do '\(method)'", why: "the agent has no such method", remedy: guess
    )
  }

  private func pass<Parameters: Codable & Sendable, Result: Codable & Sendable>(
    _ request: RequestMessage, _ stream: UInt32, _: Parameters.Type, _: Result.Type
  ) throws(RequestFailure) {
    let parameters = try request.parameters(as: Parameters.self)
    try ask(request, stream, parameters) { (result: Result) in result }
  }

  /// Asks the process that a request names.
  private func ask<Parameters: Codable & Sendable, Result: Codable & Sendable, Answer: Codable & Sendable>(
    _ request: RequestMessage, _ stream: UInt32, _ parameters: Parameters,
    _ finish: @escaping @Sendable (Result) throws -> Answer
  ) throws(RequestFailure) {
    guard let number = request.worker else { throw Self.noWorker(0) }
    let (port, method) = (port, request.method)
    try submit(
      .request(stream: stream) { process in
        let result: Result = try await process.call(method, parameters) { progress in
          port.tell(.progress(RequestProgress(progress)), of: stream)
        }
        let answer = try finish(result)
        return { $0.answer(stream, answer, at: $1) }
      }, to: number, method)
  }

  // MARK: Paths

  /// The file of a blob, under a name that a runtime knows by its end.
  private func file(_ path: String, _ member: String) throws(RequestFailure) -> (path: String, blob: Blob) {
    guard let name = BlobPath(path) else { throw Self.badPath(member) }
    guard let (file, byteCount) = context.store.use(name.digest, by: number) else {
      throw RequestFailure(
        .absent, exitCode: .missingInput, what: "can't use a blob", at: member,
        why: "there is none with the digest \(name.digest)", remedy: "Send it first.")
    }
    return (file, Blob(digest: name.digest, byteCount: byteCount))
  }

  private static func badPath(_ member: String) -> RequestFailure {
    RequestFailure(
      .badPath, exitCode: .badData, what: "can't use a path", at: member,
      why: "it isn't 'blob:' and 64 hexadecimal digits", remedy: "A host can't name files of the device.")
  }

  private func openData(_ request: RequestMessage, _ stream: UInt32) throws(RequestFailure) {
    var parameters = try request.parameters(as: OpenDataParameters.self)
    parameters.path = try file(parameters.path, "path").path
    try ask(request, stream, parameters) { (result: OpenDataResult) in result }
  }

  private func openImages(_ request: RequestMessage, _ stream: UInt32) throws(RequestFailure) {
    var parameters = try request.parameters(as: OpenImagesParameters.self)
    parameters.path = try file(parameters.path, "path").path
    if let limit = context.program.memoryLimit {
      parameters.decodingBytes = min(parameters.decodingBytes ?? .max, Int(clamping: limit / 2))
    }
    try ask(request, stream, parameters) { (result: OpenDataResult) in result }
  }

  private func openSamples(_ request: RequestMessage, _ stream: UInt32) throws(RequestFailure) {
    var parameters = try request.parameters(as: OpenSamplesParameters.self)
    parameters.path = try file(parameters.path, "path").path
    try ask(request, stream, parameters) { (result: OpenSamplesResult) in result }
  }

  private func load(_ request: RequestMessage, _ stream: UInt32) throws(RequestFailure) {
    var parameters = try request.parameters(as: LoadParameters.self)
    let blob = try file(parameters.model.path, "model.path").blob
    guard parameters.model.digest == blob.digest, parameters.model.byteCount == Int(clamping: blob.byteCount) else {
      throw RequestFailure(
        .badParameters, exitCode: .badData, what: "can't load the model", at: "model",
        why: "its digest or its size isn't that of the blob")
    }
    parameters.model.path = try context.store.named(blob.digest, parameters.model.format)
    try ask(request, stream, parameters) { (result: LoadResult) in result }
  }

  private func writeOutputs(_ request: RequestMessage, _ stream: UInt32) throws(RequestFailure) {
    var parameters = try request.parameters(as: WriteOutputsParameters.self)
    guard parameters.path == BlobPath.fresh else { throw Self.badPath("path") }
    let upload = context.counters.number()
    let path = context.store.freshPath(upload, for: number)
    parameters.path = path
    let (store, session) = (context.store, number)
    try ask(request, stream, parameters) { [self] (result: WriteOutputsResult) in
      try store.adopt(fresh: path, digest: result.digest, for: session, number: upload)
      releaseIfEnded()
      return result
    }
  }
}

extension RequestProgress {
  init(_ progress: WorkerProgress) {
    self.init(
      stage: progress.stage, completed: progress.completed, total: progress.total,
      unit: progress.unit.isEmpty ? nil : progress.unit)
  }
}
