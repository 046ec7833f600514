// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import TargetProtocol

/// A measuring process and its verbs.
struct MeasuringChild: Sendable {
  private let worker: any MeasuringProcess

  /// Starts a process that is going to be asked for `runtime`.
  static func start(
    _ session: any MeasuringSession, runtime: IngredientChoice, onLog: @escaping @Sendable (String) -> Void
  ) async throws -> MeasuringChild {
    MeasuringChild(worker: try await session.start(runtime: runtime, onLog: onLog))
  }

  func openData(
    _ path: String, _ subset: Subset, _ preprocessing: Preprocessing? = nil
  ) async throws -> OpenDataResult {
    let there = try await worker.bring(NeededFile(path))
    return try await worker.call(
      TargetMethod.openData, OpenDataParameters(path: there, subset: subset, preprocessing: preprocessing))
  }

  /// Opens items or samples.
  /// - Returns: what was found of items; `nil` for samples.
  func open(_ input: MeasuredInput, _ preprocessing: Preprocessing? = nil) async throws -> OpenDataResult? {
    switch input {
    case .items(let path, let subset): return try await openData(path, subset, preprocessing)
    case .images(let path, _):
      let there = try await worker.bring(NeededFile(path))
      return try await worker.call(
        TargetMethod.openImages, OpenImagesParameters(path: there, preprocessing: preprocessing))
    case .samples(let path):
      let there = try await worker.bring(NeededFile(path))
      let _: OpenSamplesResult = try await worker.call(
        TargetMethod.openSamples, OpenSamplesParameters(path: there))
      return nil
    }
  }

  func load(_ model: ModelFile, _ runtime: IngredientChoice, batch: Int) async throws -> LoadResult {
    var model = model
    model.path = try await worker.bring(NeededFile(model.path, digest: model.digest))
    return try await worker.call(TargetMethod.load, LoadParameters(model: model, runtime: runtime, batch: batch))
  }

  func firstInference() async throws -> FirstInferenceResult {
    try await worker.call(TargetMethod.firstInference, NoParameters())
  }

  func warmUp(maximumSeconds: Double) async throws -> WarmUpResult {
    try await worker.call(TargetMethod.warmUp, WarmUpParameters(maximumSeconds: maximumSeconds))
  }

  func block(_ inferences: Int) async throws -> BlockResult {
    try await worker.call(TargetMethod.block, BlockParameters(inferences: inferences))
  }

  func throughput(seconds: Double, threads: Int?) async throws -> ThroughputRecord {
    try await worker.call(TargetMethod.throughput, ThroughputParameters(seconds: seconds, threads: threads ?? 1))
  }

  func profile(repetitions: Int) async throws -> ProfileResult {
    try await worker.call(TargetMethod.profile, ProfileParameters(repetitions: repetitions))
  }

  /// Answers items, the first ones if there is a limit.
  func predict(_ limit: Int? = nil) async throws -> PredictResult {
    try await worker.call(TargetMethod.predict, PredictParameters(limit: limit))
  }

  func writeOutputs(to path: String, ids: [String]?) async throws -> WriteOutputsResult {
    let result: WriteOutputsResult = try await worker.call(
      TargetMethod.writeOutputs, WriteOutputsParameters(path: worker.fresh(path), ids: ids))
    try await worker.take(result.digest, to: path)
    return result
  }

  func observeRanges(_ ids: [String]) async throws -> ObserveRangesResult {
    try await worker.call(TargetMethod.observeRanges, ObserveRangesParameters(ids: ids))
  }

  func resources() async throws -> ResourceReport { try await worker.call(TargetMethod.resources, NoParameters()) }

  func runtimeRecord() async throws -> RuntimeRecord { try await worker.call(TargetMethod.runtime, NoParameters()) }

  /// The process, if it is one of this machine; `nil` once it has ended.
  var processID: Int32? { worker.processID }

  func stop() async { await worker.stop() }
}
