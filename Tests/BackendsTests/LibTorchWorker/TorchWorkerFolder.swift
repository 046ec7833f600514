// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

import Backends
import Files
import Foundation
import Galley
import Images
import NativeLibraries
import Synchronization
import Tensors
import Testing
import WorkerProtocol

/// A folder with prepared digits, and the worker that is built beside the tests.
final class TorchWorkerFolder: Sendable {
  static let program =
    WorkerProcess.ownExecutable().split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    + "/torch-worker-fixture"
  static let natives =
    ProcessInfo.processInfo.environment[NativeLibraryLocator.variable]
    ?? Digits.package.appending(path: ".native").path()

  let temporary: TemporaryFolder
  var path: String { temporary.path }
  var data: String { "\(path)/data.safetensors" }
  let digest: Digest
  let backend = LibTorchBackend(executable: program, arguments: [natives])

  init() throws {
    temporary = try TemporaryFolder()
    digest = try PreparedData(
      subsets: [
        .train: Digits.labeled(0..<400), .validation: Digits.labeled(400..<500), .test: Digits.labeled(500..<600),
      ],
      preprocessing: Preprocessing(scale: 1 / 16)
    ).write(to: "\(temporary.path)/data.safetensors")
  }

  /// A request over the digits.
  func request(
    _ work: VerbRequest.Work, model: ModelReference? = nil, name: String = "run"
  ) throws -> VerbRequest {
    VerbRequest(
      work,
      model: model
        ?? .architecture(IngredientChoice("small-convnet", options: ["width": .int(4), "depth": .int(2)])),
      data: .prepared(path: data, digest: digest), task: .classification, preprocessing: Preprocessing(scale: 1 / 16),
      labels: Digits.labels, folder: try folder(name))
  }

  /// A training of so many epochs.
  func training(
    epochs: Int = 1, name: String = "run", _ change: (inout TrainOptions) -> Void = { _ in }
  ) throws -> VerbRequest {
    var options = TrainOptions()
    (options.epochs, options.seed, options.loggers) = (epochs, 7, [])
    change(&options)
    return try request(.train(options), name: name)
  }

  /// Runs a request and gives its result and events.
  func run(_ request: VerbRequest) async throws -> (VerbResult, [EngineEvent]) {
    let events = Mutex<[EngineEvent]>([])
    let result = try await backend.run(request, events: EventSink { event in events.withLock { $0.append(event) } })
    return (result, events.withLock { $0 })
  }

  /// A folder by its name, made if needed.
  func folder(_ name: String) throws -> String { try temporary.folder(name) }

  /// A worker without the backend around it.
  func worker() async throws -> WorkerProcess {
    try await WorkerProcess.start(executable: Self.program, arguments: [Self.natives], name: "torch")
  }

  /// Runs a request and kills its worker once a step was made.
  func kill(_ request: VerbRequest, atStep step: Int) async throws {
    let worker = try await worker()
    let process = try #require(worker.processID)
    await #expect(throws: GalleyError.self) {
      try await worker.call(
        StandardMethod.run, request, returning: VerbResult.self,
        onEvent: { if case .step(let report) = $0, report.step >= step { Glibc.kill(process, SIGKILL) } })
    }
    await worker.stop()
  }

  /// The names of all files besides the data.
  func outputs() throws -> Set<String> { try temporary.files().subtracting(["data.safetensors"]) }
}
