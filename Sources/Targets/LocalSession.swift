// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

internal import Files
internal import Galley
internal import Measuring
internal import WorkerProtocol

extension LocalTarget: MeasuringTarget {
  public var targetName: String { Self.card.name }
  public var isLocal: Bool { true }
  public var decodesImages: Bool { true }

  public func fingerprint() -> String { EnvironmentReader().record(galleyVersion: "").fingerprint }

  public func open(
    with files: [NeededFile], isAlone: Bool, onWait: @escaping @Sendable (String) -> Void
  ) async throws -> any MeasuringSession {
    guard isAlone else { return LocalSession(target: self, lock: nil) }
    let lock = try await MachineLock.acquire(path: lockPath) { onWait("\($0), which measures on this machine") }
    return LocalSession(target: self, lock: lock)
  }
}

/// This machine in use; the lock is given back when the session goes.
private struct LocalSession: MeasuringSession {
  let target: LocalTarget
  let lock: MachineLock?

  func start(
    runtime: IngredientChoice, onLog: @escaping @Sendable (String) -> Void
  ) async throws -> any MeasuringProcess {
    let program = target.program(for: runtime.name)
    let settings = WorkerProcess.Settings(onLog: { line in onLog(line.message) })
    return LocalProcess(
      worker: try await WorkerProcess.start(
        executable: program.executable, arguments: program.arguments, name: "measure",
        environment: target.environment, settings: settings))
  }

  func environment() -> EnvironmentRecord { EnvironmentReader().record(galleyVersion: galleyVersion.description) }
  func observe() -> MachineObservation? { MachineObservation() }
  var ownProcessorSeconds: Double { ProcessResources.processorSeconds() }
  var isLocal: Bool { true }
  func end() { withExtendedLifetime(lock) {} }
}

/// A child process; files are where they are.
private struct LocalProcess: MeasuringProcess {
  let worker: WorkerProcess

  func call<Parameters: Encodable & Sendable, Result: Decodable & Sendable>(
    _ method: String, _ parameters: Parameters
  ) async throws -> Result {
    try await worker.call(method, parameters)
  }

  func bring(_ file: NeededFile) -> String { file.path }
  func fresh(_ path: String) -> String { path }
  func take(_ digest: Digest, to path: String) {}
  var processID: Int32? { worker.processID }
  func stop() async { await worker.stop() }
}
