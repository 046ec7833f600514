// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

public import WorkerProtocol

/// Trains and exports with LibTorch in a child process, so that a crash or an exhausted memory costs one run, and
/// nothing else loads LibTorch.
///
/// Each verb starts a worker of its own and ends it. Cancelling the calling task stops it and leaves no output.
public struct LibTorchBackend: Sendable {
  /// Called with each report of progress.
  public typealias ProgressHandler = @Sendable (WorkerProgress) -> Void

  /// The program that hosts the worker.
  public var executable: String
  /// Its arguments.
  public var arguments: [String]
  /// Variables that are added to the worker's environment; `nil` removes one.
  public var environment: [String: String?]
  /// Called with each line of the worker's log.
  public var onLog: (@Sendable (WorkerLogLine) -> Void)?

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

  /// Trains a network and writes its checkpoint.
  ///
  /// Progress counts epochs; a report at an epoch's end has the metrics `trainingLoss`, `validationLoss`,
  /// `validationAccuracy`, `learningRate` and `seconds`, one within an epoch has `loss`.
  /// - Throws: `GalleyError` of the worker or about its end; `CancellationError`.
  public func train(_ request: TrainRequest, onProgress: ProgressHandler? = nil) async throws -> TrainResult {
    try await withWorker { worker in
      try await worker.call("train", request, returning: TrainResult.self, onProgress: onProgress)
    }
  }

  /// Writes a checkpoint's network as an ONNX model, and what the network says to some samples.
  /// - Throws: `GalleyError` of the worker or about its end; `CancellationError`.
  public func export(_ request: ExportRequest, onProgress: ProgressHandler? = nil) async throws -> ExportResult {
    try await withWorker { worker in
      try await worker.call("export", request, returning: ExportResult.self, onProgress: onProgress)
    }
  }

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

  private func withWorker<Result>(_ body: (WorkerProcess) async throws -> Result) async throws -> Result {
    let worker = try await WorkerProcess.start(
      executable: executable, arguments: arguments, name: LibTorchWorker.name, environment: environment,
      settings: WorkerProcess.Settings(onLog: onLog))
    do {
      let result = try await body(worker)
      await worker.stop()
      return result
    } catch {
      await worker.stop()
      throw error
    }
  }
}
